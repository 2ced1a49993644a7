// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.Prompt;
import dev.coterie.TokenLogProbability;
import dev.coterie.testkit.Accuracy;
import dev.coterie.testkit.GoldenModel;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tiny models of every dense architecture against transformers, in float32. */
class TinyModelGoldenTest {
  /** Ten times less than asked for; found 9e-6 (llama) and 8e-5 (qwen2, logits of up to 31). */
  private static final double LOGITS = 2e-4;

  /** Other orders of summation. Both tiers sum each row in one order, whatever goes with it. */
  private static final double PREFILLS = 1e-5;

  /** Half of the last digit that the golden file gives. */
  private static final double LAST_DIGIT = 5e-6;

  @ParameterizedTest
  @CsvSource({"llama, scalar", "llama, vector", "qwen2, scalar", "qwen2, vector"})
  void logitsEqualThoseOfTransformersHoweverThePromptIsCut(String name, String tier) {
    GoldenModel golden = GoldenModel.load(name);
    int[] tokens = golden.tokens();
    assertThat(tokens).hasSize(300);
    try (Model model = Models.load(golden.gguf(), Models.tier(tier))) {
      float[][] whole = Models.score(model, tokens, tokens.length);
      assertThat(Accuracy.maxDifference(golden.logits(), whole)).isLessThan(LOGITS);
      for (int chunk : new int[] {1, 7, 37, 151}) {
        float[][] found = Models.score(model, tokens, chunk);
        assertThat(Accuracy.maxDifference(whole, found))
            .as("chunks of " + chunk)
            .isLessThan(PREFILLS);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "llama, scalar, 512",
    "llama, vector, 512",
    "qwen2, scalar, 512",
    "qwen2, vector, 512",
    "llama, scalar, 7",
    "llama, vector, 7",
    "qwen2, vector, 1"
  })
  void greedyTokensAndTheirRivalsAreThoseOfTransformers(String name, String tier, int batchTokens) {
    GoldenModel golden = GoldenModel.load(name);
    int[] prompt = Arrays.copyOf(golden.tokens(), golden.greedyPromptTokens());
    List<GoldenModel.Step> steps = golden.greedy();
    assertThat(steps).hasSize(24);
    GenerationOptions options =
        GenerationOptions.builder()
            .maxTokens(steps.size())
            .logProbabilities(5)
            .ignoreEndOfSequence(true)
            .build();
    LoadOptions.Builder load = Models.tier(tier).maxBatchTokens(batchTokens);
    try (Model model = Models.load(golden.gguf(), load)) {
      Generation generation = model.generator().generate(new Prompt.Tokens(prompt), options);
      GenerationResult result = generation.await();
      assertThat(result.tokens()).isEqualTo(steps.stream().map(GoldenModel.Step::token).toList());
      for (int i = 0; i < steps.size(); i++) {
        TokenLogProbability found = result.logProbabilities().get(i);
        GoldenModel.Step step = steps.get(i);
        assertThat(found.top()).extracting(c -> c.id()).as("step " + i).isEqualTo(step.topIds());
        assertThat(found.logProbability()).isEqualTo(found.top().getFirst().logProbability());
        for (int k = 0; k < 5; k++) {
          assertThat(found.top().get(k).logProbability())
              .as("step " + i + ", rank " + k)
              .isCloseTo(step.topLogProbabilities().get(k), within(LOGITS + LAST_DIGIT));
        }
      }
    }
  }
}

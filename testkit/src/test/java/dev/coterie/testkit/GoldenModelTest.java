// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoldenModelTest {
  /** Half a unit of the last digit that is written, and float32. */
  private static final double WRITTEN = 1e-5;

  /**
   * The reference takes other near-ties of its indexer where it computes token by token: its own
   * greedy steps are that far from its own logits.
   */
  private static final double SPARSE = 0.06;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek_v2",
        "deepseek_v3",
        "deepseek_v32",
        "deepseek_v3_fp8",
        "deepseek_v4",
        "deepseek_v4_fp4",
        "gpt_oss",
        "llama",
        "llama4",
        "qwen2",
        "qwen3_moe"
      })
  void everySharedModelAgreesWithItself(String name) {
    GoldenModel golden = GoldenModel.shared(name);
    assertThat(golden.logits()).hasDimensions(300, 512);
    boolean sparse = name.startsWith("deepseek_v32") || name.startsWith("deepseek_v4");
    check(golden, sparse ? SPARSE : WRITTEN);
  }

  @ParameterizedTest
  @MethodSource("dev.coterie.testkit.GoldenModel#allOwn")
  void everyOwnModelAgreesWithItself(GoldenModel golden) {
    assertThat(golden.logits()).hasDimensions(golden.tokens().length, 104);
    check(golden, WRITTEN);
  }

  private static void check(GoldenModel golden, double tolerance) {
    float[][] logits = golden.logits();
    assertThat(golden.tokens()).hasSize(logits.length);
    assertThat(golden.config()).containsKey("architectures");
    assertThat(golden.greedy()).hasSize(24).allMatch(step -> step.topIds().size() == 5);
    float[] last = logits[golden.greedyPromptTokens() - 1];
    GoldenModel.Step first = golden.greedy().getFirst();
    assertThat(Perplexity.argmax(last)).isEqualTo(first.token());
    for (int i = 0; i < 5; i++) {
      assertThat(Perplexity.logProbability(last, first.topIds().get(i)))
          .isCloseTo(first.topLogProbabilities().get(i), within(tolerance));
    }
  }

  @Test
  void everyModelIsListed() {
    assertThat(GoldenModel.allShared())
        .allSatisfy(
            golden -> {
              assertThat(golden.configFile()).isRegularFile();
              assertThat(golden.safetensors()).isRegularFile();
              assertThat(golden.tokenizerFile()).isRegularFile();
            })
        .extracting(GoldenModel::name)
        .contains("deepseek_v2", "deepseek_v3_fp8", "llama", "qwen3_moe");
    assertThat(GoldenModel.allShared())
        .filteredOn(GoldenModel::hasGguf)
        .extracting(GoldenModel::name)
        .contains("llama")
        .doesNotContain("gpt_oss");
  }

  @Test
  void promptsOfTheRealModel() {
    List<GoldenPrompts.Prompt> prompts = GoldenPrompts.load(GoldenPrompts.SMOLLM2);
    assertThat(GoldenPrompts.model(GoldenPrompts.SMOLLM2)).isRegularFile();
    assertThat(prompts).hasSize(20);
    assertThat(prompts.getFirst().text()).isEqualTo("The capital of France is");
    assertThat(prompts.getFirst().answer()).startsWith(" Paris.");
    for (GoldenPrompts.Prompt prompt : prompts) {
      assertThat(prompt.tokens()).isNotEmpty();
      assertThat(prompt.steps()).hasSameSizeAs(prompt.answerTokens());
      assertThat(prompt.steps().stream().map(GoldenModel.Step::token).toList())
          .isEqualTo(prompt.answerTokens());
    }
  }

  @Test
  void perplexityOfEqualLogitsIsTheVocabulary() {
    float[][] logits = new float[3][7];
    int[] tokens = {1, 2, 3};
    assertThat(Perplexity.perplexity(logits, tokens)).isCloseTo(7, within(1e-12));
    assertThat(Perplexity.negativeLogLikelihood(logits, tokens))
        .isCloseTo(Math.log(7), within(1e-12));
  }

  @Test
  void logProbabilitiesDoNotOverflow() {
    float[] logits = {1_000, 1_000};
    assertThat(Perplexity.logProbability(logits, 0)).isCloseTo(-Math.log(2), within(1e-12));
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static dev.coterie.engine.ArchitectureGolden.LAST_DIGIT;
import static dev.coterie.engine.ArchitectureGolden.LOGITS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.CacheType;
import dev.coterie.GenerationResult;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.testkit.Accuracy;
import dev.coterie.testkit.GoldenModel;
import dev.coterie.testkit.ReferenceProvider;
import dev.coterie.testkit.TorchTies;
import dev.coterie.testkit.TorchTiesProvider;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tiny models whose indexers choose what attention sees, against transformers in float32, in two
 * steps.
 *
 * <p>An indexer's scores are sums of rectified products, so many of them are exactly 0, and at most
 * positions some of those fall on either side of the cut. Coterie takes the earlier positions.
 * torch takes those that {@code std::nth_element} leaves in front ({@link TorchTies}), and these
 * depend on the length of the whole prompt; no model can rely on them. Golden logits show them all
 * the same. Hence:
 *
 * <ol>
 *   <li>the reference in double precision equals the golden logits once it breaks ties as torch
 *       does, and that is all that it does otherwise;
 *   <li>both tiers equal the ordinary reference, and the golden logits up to the first position at
 *       which a tie decides.
 * </ol>
 *
 * <p>No position is left out: no two scores at a cut are so close, and not equal, that rounding
 * chooses between them.
 */
class IndexerGoldenTest {
  private static LoadOptions.Builder reference() {
    return LoadOptions.builder().backend(ReferenceProvider.NAME).cacheType(CacheType.F32);
  }

  private static float[][] reference(Path path, int[] tokens) {
    try (Model model = Models.load(path, reference())) {
      return Models.score(model, tokens, tokens.length);
    }
  }

  /** The tie rule sees as many places as transformers had tokens, or entries of {@code ratio}. */
  private static float[][] torchTies(Path path, int[] tokens, int ratio) {
    int length = tokens.length / ratio;
    LoadOptions.Builder options =
        LoadOptions.builder()
            .backend(TorchTiesProvider.NAME)
            .backendOptions(Map.of(TorchTiesProvider.LENGTH, String.valueOf(length)))
            .cacheType(CacheType.F32);
    try (Model model = Models.load(path, options)) {
      return Models.score(model, tokens, tokens.length);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "deepseek_v32, gguf, 1",
    "deepseek_v32, safetensors, 1",
    "deepseek_v4, safetensors, 4",
    "deepseek_v4_fp4, safetensors, 4"
  })
  void withTheTiesOfTorchAllLogitsEqualThoseOfTransformers(String name, String format, int ratio) {
    GoldenModel golden = GoldenModel.shared(name);
    Path path = SharedGoldenTest.file(golden, format);
    float[][] logits = torchTies(path, golden.tokens(), ratio);
    assertThat(Accuracy.maxDifference(golden.logits(), logits)).isLessThan(LOGITS);

    // each step of greedy decoding was a prompt of its own
    List<GoldenModel.Step> steps = golden.greedy();
    for (int i : new int[] {0, 10, 23}) {
      int[] tokens = Arrays.copyOf(golden.tokens(), golden.greedyPromptTokens() + i);
      for (int k = 0; k < i; k++) {
        tokens[golden.greedyPromptTokens() + k] = steps.get(k).token();
      }
      float[] last = torchTies(path, tokens, ratio)[tokens.length - 1];
      GoldenModel.Step step = steps.get(i);
      assertThat(Models.top(last, 5)).as("step " + i).isEqualTo(step.topIds());
      double[] found = Models.logProbabilities(last);
      assertThat(step.topIds().stream().mapToDouble(id -> found[id]).toArray())
          .containsExactly(
              step.topLogProbabilities().stream().mapToDouble(p -> p).toArray(),
              within(LOGITS + LAST_DIGIT));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "deepseek_v32, gguf, 1",
    "deepseek_v32, safetensors, 1",
    "deepseek_v4, safetensors, 4",
    "deepseek_v4_fp4, safetensors, 4"
  })
  void bothTiersEqualTheReferenceAndTransformersUpToTheFirstTie(
      String name, String format, int ratio) {
    GoldenModel golden = GoldenModel.shared(name);
    int[] tokens = golden.tokens();
    Path path = SharedGoldenTest.file(golden, format);
    float[][] reference = reference(path, tokens);
    int tie = Arrays.mismatch(reference, torchTies(path, tokens, ratio), Arrays::compare);
    assertThat(tie).as("the first position at which a tie decides").isBetween(24, 100);
    float[][] expected = Arrays.copyOf(golden.logits(), tie);
    for (String tier : new String[] {"scalar", "vector"}) {
      try (Model model = Models.load(path, Models.tier(tier).threads(1))) {
        float[][] found = Models.score(model, tokens, tokens.length);
        assertThat(Accuracy.maxDifference(reference, found)).as(tier).isLessThan(LOGITS);
        assertThat(Accuracy.maxDifference(expected, Arrays.copyOf(found, tie)))
            .as(tier)
            .isLessThan(LOGITS);
      }
    }
  }

  /** Quantized as its converter does it, so its logits are its own: the reference is the judge. */
  @ParameterizedTest
  @CsvSource({"scalar", "vector"})
  void theQuantizedFileEqualsTheReference(String tier) {
    GoldenModel golden = GoldenModel.shared("deepseek_v4_fp4");
    float[][] reference = reference(golden.gguf(), golden.tokens());
    try (Model model = Models.load(golden.gguf(), Models.tier(tier).threads(1))) {
      float[][] found = Models.score(model, golden.tokens(), 300);
      assertThat(Accuracy.maxDifference(reference, found)).isLessThan(LOGITS);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "deepseek_v32, gguf",
    "deepseek_v32, safetensors",
    "deepseek_v4, safetensors",
    "deepseek_v4_fp4, safetensors",
    "deepseek_v4_fp4, gguf"
  })
  void greedyTokensAreThoseOfTheReference(String name, String format) {
    GoldenModel golden = GoldenModel.shared(name);
    Path path = SharedGoldenTest.file(golden, format);
    int[] prompt = Arrays.copyOf(golden.tokens(), golden.greedyPromptTokens());
    GenerationResult expected;
    try (Model model = Models.load(path, reference())) {
      expected = ArchitectureGolden.start(model, prompt).await();
    }
    assertThat(expected.tokens()).hasSize(24);
    for (String tier : new String[] {"scalar", "vector"}) {
      try (Model model = Models.load(path, Models.tier(tier).threads(1))) {
        GenerationResult found = ArchitectureGolden.start(model, prompt).await();
        assertThat(found.tokens()).as(tier).isEqualTo(expected.tokens());
      }
    }
  }
}

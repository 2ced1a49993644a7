// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.Model;
import dev.coterie.Prompt;
import dev.coterie.TokenLogProbability;
import dev.coterie.testkit.Accuracy;
import dev.coterie.testkit.GoldenModel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tiny models of every architecture, from GGUF and as they would be published, against transformers
 * in float32. Those with an indexer are compared with transformers in {@link IndexerGoldenTest},
 * and here with themselves.
 */
class ArchitectureGoldenTest {
  /** Ten times less than asked for; found 1.3e-5, and 8e-5 for qwen2 (logits of up to 31). */
  static final double LOGITS = 2e-4;

  /**
   * Both tiers sum each row in one order, whatever goes with it, but for 4-bit floats in the vector
   * tier: 8e-6 there, else 0.
   */
  private static final double PREFILLS = 2e-5;

  /** Half of the last digit that the golden file gives. */
  static final double LAST_DIGIT = 5e-6;

  private static final List<String> EXACT =
      List.of(
          "deepseek_v2",
          "deepseek_v3",
          "deepseek_v3_fp8",
          "gpt_oss",
          "llama",
          "llama4",
          "qwen2",
          "qwen3_moe");

  static final List<String> INDEXED = List.of("deepseek_v32", "deepseek_v4", "deepseek_v4_fp4");

  private static final List<String> WITHOUT_GGUF =
      List.of("deepseek_v3_fp8", "deepseek_v4", "gpt_oss");

  static Stream<Arguments> exact() {
    return EXACT.stream().flatMap(ArchitectureGoldenTest::files);
  }

  static Stream<Arguments> comparableThroughout() {
    return exact().filter(a -> comparable((String) a.get()[0], (String) a.get()[1]) == 300);
  }

  static Stream<Arguments> all() {
    return Stream.concat(exact(), INDEXED.stream().flatMap(ArchitectureGoldenTest::files));
  }

  static Stream<Arguments> files(String name) {
    return Stream.of("safetensors", "gguf")
        .filter(format -> format.equals("safetensors") || !WITHOUT_GGUF.contains(name))
        .flatMap(format -> Stream.of("scalar", "vector").map(t -> Arguments.of(name, format, t)));
  }

  static Path path(GoldenModel golden, String format) {
    return format.equals("gguf") ? golden.gguf() : golden.directory();
  }

  /**
   * GGUF files have no keys for the size of Llama 4's chunks and for the positions after which its
   * queries grow warmer. Both are 64 here, and the latter counts positions from 1.
   */
  private static int comparable(String name, String format) {
    return name.equals("llama4") && format.equals("gguf") ? 63 : 300;
  }

  @Test
  void noFolderIsLeftOut() {
    List<GoldenModel> found = GoldenModel.all();
    assertThat(found)
        .extracting(GoldenModel::name)
        .containsExactlyElementsOf(
            Stream.of(EXACT, INDEXED).flatMap(List::stream).sorted()::iterator);
    for (GoldenModel golden : found) {
      assertThat(golden.hasGguf()).isEqualTo(!WITHOUT_GGUF.contains(golden.name()));
    }
  }

  @ParameterizedTest
  @MethodSource("exact")
  void logitsEqualThoseOfTransformers(String name, String format, String tier) {
    GoldenModel golden = GoldenModel.load(name);
    int positions = comparable(name, format);
    int[] tokens = Arrays.copyOf(golden.tokens(), positions);
    float[][] expected = Arrays.copyOf(golden.logits(), positions);
    try (Model model = Models.load(path(golden, format), Models.tier(tier).threads(1))) {
      float[][] found = Models.score(model, tokens, positions);
      assertThat(Accuracy.maxDifference(expected, found)).isLessThan(LOGITS);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aPromptMayBeCutAnywhere(String name, String format, String tier) {
    GoldenModel golden = GoldenModel.load(name);
    int[] tokens = golden.tokens();
    assertThat(tokens).hasSize(300);
    try (Model model = Models.load(path(golden, format), Models.tier(tier).threads(1))) {
      float[][] whole = Models.score(model, tokens, tokens.length);
      for (int chunk : new int[] {64, 7, 1}) {
        float[][] found = Models.score(model, tokens, chunk);
        assertThat(Accuracy.maxDifference(whole, found))
            .as("chunks of " + chunk)
            .isLessThan(PREFILLS);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void threeSequencesAtOnceAreEachAsAlone(String name, String format, String tier) {
    GoldenModel golden = GoldenModel.load(name);
    int[] tokens = golden.tokens();
    List<int[]> prompts =
        List.of(
            Arrays.copyOf(tokens, golden.greedyPromptTokens()),
            Arrays.copyOfRange(tokens, 7, 140),
            Arrays.copyOfRange(tokens, 150, 187));
    try (Model model = Models.load(path(golden, format), Models.tier(tier))) {
      List<GenerationResult> together =
          prompts.stream().map(prompt -> start(model, prompt)).toList().stream()
              .map(Generation::await)
              .toList();
      for (int i = 0; i < prompts.size(); i++) {
        GenerationResult alone = start(model, prompts.get(i)).await();
        assertThat(together.get(i).tokens()).isEqualTo(alone.tokens());
        for (int step = 0; step < alone.tokens().size(); step++) {
          assertThat(logProbabilities(together.get(i), step))
              .containsExactly(logProbabilities(alone, step), within(PREFILLS));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("comparableThroughout")
  void greedyTokensAndTheirRivalsAreThoseOfTransformers(String name, String format, String tier) {
    GoldenModel golden = GoldenModel.load(name);
    int[] prompt = Arrays.copyOf(golden.tokens(), golden.greedyPromptTokens());
    List<GoldenModel.Step> steps = golden.greedy();
    assertThat(steps).hasSize(24);
    try (Model model = Models.load(path(golden, format), Models.tier(tier).threads(1))) {
      GenerationResult result = start(model, prompt).await();
      assertThat(result.tokens()).isEqualTo(steps.stream().map(GoldenModel.Step::token).toList());
      for (int i = 0; i < steps.size(); i++) {
        TokenLogProbability found = result.logProbabilities().get(i);
        GoldenModel.Step step = steps.get(i);
        assertThat(found.top()).extracting(c -> c.id()).as("step " + i).isEqualTo(step.topIds());
        assertThat(found.logProbability()).isEqualTo(found.top().getFirst().logProbability());
        assertThat(logProbabilities(result, i))
            .as("step " + i)
            .containsExactly(
                step.topLogProbabilities().stream().mapToDouble(p -> p).toArray(),
                within(LOGITS + LAST_DIGIT));
      }
    }
  }

  static Generation start(Model model, int[] prompt) {
    GenerationOptions options =
        GenerationOptions.builder()
            .maxTokens(24)
            .logProbabilities(5)
            .ignoreEndOfSequence(true)
            .build();
    return model.generator().generate(new Prompt.Tokens(prompt), options);
  }

  private static double[] logProbabilities(GenerationResult result, int step) {
    return result.logProbabilities().get(step).top().stream()
        .mapToDouble(candidate -> candidate.logProbability())
        .toArray();
  }
}

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
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What holds for a set of golden models: tiny ones of every architecture, from GGUF and as they
 * would be published, against transformers in float32, and with themselves.
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class ArchitectureGolden {
  /** Ten times less than asked for; found 1.3e-5, and 8e-5 for qwen2 (logits of up to 31). */
  static final double LOGITS = 2e-4;

  /**
   * All tiers sum each row in one order, whatever goes with it, but for floats of 8 and 4 bits in
   * the vector tier: at most 1.8e-5 there, else 0.
   */
  static final double PREFILLS = 2e-5;

  /** Half of the last digit that the golden file gives. */
  static final double LAST_DIGIT = 5e-6;

  static final int ALL = Integer.MAX_VALUE;
  static final String SAFETENSORS = "safetensors";
  static final String GGUF = "gguf";

  /** The models whose logits equal those of transformers. */
  abstract List<String> exactNames();

  /** All models. */
  abstract List<String> allNames();

  abstract GoldenModel golden(String name);

  abstract boolean hasGguf(String name);

  /** The file or folder to load. */
  abstract Path path(GoldenModel golden, String format);

  /** How many positions, from the first, are comparable with transformers, if not {@link #ALL}. */
  abstract int comparable(String name, String format);

  /**
   * Whether weights are of types for which the tier {@code machinecode} rounds activations to 8
   * bits; where it meets others in one model, the last digit of these becomes a whole step.
   */
  boolean isQuantized(String name, String format) {
    return false;
  }

  Stream<Arguments> exact() {
    return exactNames().stream().flatMap(this::files);
  }

  Stream<Arguments> comparableThroughout() {
    return exact().filter(a -> comparable((String) a.get()[0], (String) a.get()[1]) == ALL);
  }

  Stream<Arguments> all() {
    return allNames().stream().flatMap(this::files);
  }

  private Stream<Arguments> files(String name) {
    return Stream.of(SAFETENSORS, GGUF)
        .filter(format -> format.equals(SAFETENSORS) || hasGguf(name))
        .flatMap(
            format ->
                Stream.of("scalar", "vector", "machinecode")
                    .filter(tier -> !tier.equals("machinecode") || !isQuantized(name, format))
                    .map(tier -> Arguments.of(name, format, tier)));
  }

  @ParameterizedTest
  @MethodSource("exact")
  void logitsEqualThoseOfTransformers(String name, String format, String tier) {
    GoldenModel golden = golden(name);
    int positions = Math.min(comparable(name, format), golden.tokens().length);
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
    GoldenModel golden = golden(name);
    int[] tokens = golden.tokens();
    assertThat(tokens).hasSizeGreaterThan(64);
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
    GoldenModel golden = golden(name);
    int[] tokens = golden.tokens();
    int middle = golden.greedyPromptTokens();
    List<int[]> prompts =
        List.of(
            Arrays.copyOf(tokens, middle),
            Arrays.copyOfRange(tokens, 7, middle - 10),
            Arrays.copyOfRange(tokens, middle, middle + 37));
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
    GoldenModel golden = golden(name);
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

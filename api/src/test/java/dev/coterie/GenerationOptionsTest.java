// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

class GenerationOptionsTest {
  private static final int MIN = Integer.MIN_VALUE;
  private static final int MAX = Integer.MAX_VALUE;
  private static final double NAN = Double.NaN;
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  /** Draws, so that every field but temperature may be set alone. */
  private static GenerationOptions.Builder drawing() {
    return GenerationOptions.builder().temperature(1);
  }

  private static <T> void check(
      BiFunction<GenerationOptions.Builder, T, GenerationOptions.Builder> setter,
      String name,
      String expected,
      List<T> good,
      List<T> bad) {
    for (T value : good) {
      GenerationOptions options = setter.apply(drawing(), value).build();
      assertThat(options.toBuilder().build()).isEqualTo(options);
      assertThat(options.toString()).contains(name + "=" + value);
    }
    for (T value : bad) {
      assertThatThrownBy(() -> setter.apply(drawing(), value).build())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(name + ": expected " + expected + ", found " + value);
    }
  }

  @Test
  void everyNumberIsChecked() {
    check(
        GenerationOptions.Builder::maxTokens,
        "maxTokens",
        "at least 0",
        List.of(0, 1, MAX),
        List.of(MIN, -1));
    check(
        GenerationOptions.Builder::temperature,
        "temperature",
        "0 to 100",
        List.of(0.0, Double.MIN_VALUE, 100.0),
        List.of(-1.0, 100.1, Double.MAX_VALUE, INFINITY, -INFINITY, NAN));
    check(
        GenerationOptions.Builder::topK,
        "topK",
        "at least 0",
        List.of(0, 1, MAX),
        List.of(MIN, -1));
    check(
        GenerationOptions.Builder::topP,
        "topP",
        "above 0 and at most 1",
        List.of(Double.MIN_VALUE, 0.5, 1.0),
        List.of(-1.0, 0.0, 1.1, Double.MAX_VALUE, INFINITY, NAN));
    check(
        GenerationOptions.Builder::minP,
        "minP",
        "0 to 1",
        List.of(0.0, 0.5, 1.0),
        List.of(-1.0, 1.1, Double.MAX_VALUE, INFINITY, NAN));
    check(
        GenerationOptions.Builder::repetitionPenalty,
        "repetitionPenalty",
        "above 0 and at most 100",
        List.of(Double.MIN_VALUE, 1.0, 100.0),
        List.of(-1.0, 0.0, 100.1, INFINITY, NAN));
    check(
        GenerationOptions.Builder::presencePenalty,
        "presencePenalty",
        "-100 to 100",
        List.of(-100.0, 0.0, 100.0),
        List.of(-100.1, 100.1, INFINITY, -INFINITY, NAN));
    check(
        GenerationOptions.Builder::frequencyPenalty,
        "frequencyPenalty",
        "-100 to 100",
        List.of(-100.0, 0.0, 100.0),
        List.of(-100.1, 100.1, INFINITY, -INFINITY, NAN));
    check(
        GenerationOptions.Builder::penaltyWindow,
        "penaltyWindow",
        "0 to 65536",
        List.of(0, 1, 65_536),
        List.of(MIN, -1, 65_537, MAX));
    check(
        GenerationOptions.Builder::logProbabilities,
        "logProbabilities",
        "-1 to 100",
        List.of(-1, 0, 100),
        List.of(MIN, -2, 101, MAX));
    check(
        GenerationOptions.Builder::seed,
        "seed",
        "",
        List.of(Long.MIN_VALUE, -1L, 0L, Long.MAX_VALUE),
        List.of());
    check(
        GenerationOptions.Builder::timeout,
        "timeout",
        "longer than 0",
        List.of(Duration.ofNanos(1), Duration.ofSeconds(Long.MAX_VALUE)),
        List.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE)));
    check(
        GenerationOptions.Builder::ignoreEndOfSequence,
        "ignoreEndOfSequence",
        "",
        List.of(true, false),
        List.of());
  }

  @Test
  void biasesAreChecked() {
    Map<Integer, Float> banned = Map.of(3, Float.NEGATIVE_INFINITY, MAX, -0f);
    assertThat(drawing().logitBias(banned).build().logitBias()).isEqualTo(banned);
    assertThatThrownBy(() -> drawing().logitBias(Map.of(3, Float.NaN)).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("logitBias of token 3: expected a number or -Infinity, found NaN");
    assertThatThrownBy(() -> drawing().logitBias(Map.of(3, Float.POSITIVE_INFINITY)).build())
        .hasMessage("logitBias of token 3: expected a number or -Infinity, found Infinity");
    Map<Integer, Float> many = new HashMap<>();
    for (int id = 0; id <= 65_536; id++) {
      many.put(id, 0f);
    }
    assertThatThrownBy(() -> drawing().logitBias(many).build())
        .hasMessage("logitBias: expected at most 65536 entries, found 65537");
  }

  @Test
  void stopTextsAreChecked() {
    List<String> most = Collections.nCopies(16, "x".repeat(1_024));
    assertThat(drawing().stop(most).build().stop()).isEqualTo(most);
    assertThatThrownBy(() -> drawing().stop(Collections.nCopies(17, "x")).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("stop: expected at most 16 texts, found 17");
    assertThatThrownBy(() -> drawing().stop(List.of("")).build())
        .hasMessage("stop text: expected 1 to 1024 characters, found 0");
    assertThatThrownBy(() -> drawing().stop(List.of("x".repeat(1_025))).build())
        .hasMessage("stop text: expected 1 to 1024 characters, found 1025");
  }

  @Test
  void filtersNeedATemperature() {
    for (GenerationOptions.Builder builder :
        List.of(
            GenerationOptions.builder().topK(2),
            GenerationOptions.builder().topP(0.9),
            GenerationOptions.builder().minP(0.1))) {
      assertThatThrownBy(builder::build)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "topK, topP and minP need a temperature above 0, found temperature 0;"
                  + " leave them out or set a temperature");
    }
    assertThat(GenerationOptions.builder().topK(1).build().topK()).isEqualTo(1);
  }

  @Test
  void defaultsAreThoseOfTheDocumentation() {
    GenerationOptions options = GenerationOptions.DEFAULT;
    assertThat(options).isEqualTo(GenerationOptions.builder().build());
    assertThat(options.maxTokens()).isEqualTo(512);
    assertThat(options.temperature()).isZero();
    assertThat(options.topK()).isZero();
    assertThat(options.topP()).isOne();
    assertThat(options.minP()).isZero();
    assertThat(options.repetitionPenalty()).isOne();
    assertThat(options.presencePenalty()).isZero();
    assertThat(options.frequencyPenalty()).isZero();
    assertThat(options.penaltyWindow()).isEqualTo(64);
    assertThat(options.seed()).isNull();
    assertThat(options.logitBias()).isEmpty();
    assertThat(options.stop()).isEmpty();
    assertThat(options.logProbabilities()).isEqualTo(-1);
    assertThat(options.timeout()).isNull();
    assertThat(options.ignoreEndOfSequence()).isFalse();
    assertThat(options.expertRouting()).isFalse();
  }

  @Test
  void expertsAreCountedOnDemand() {
    GenerationOptions options = GenerationOptions.builder().expertRouting(true).build();
    assertThat(options.expertRouting()).isTrue();
    assertThat(options.toBuilder().build()).isEqualTo(options);
    assertThat(new ExpertRouting(3, 2, List.of(4, 0, 1, 7)).tokens()).isEqualTo(6);
  }

  @Test
  void collectionsAreCopied() {
    Map<Integer, Float> bias = new HashMap<>(Map.of(1, 2f));
    List<String> stop = new ArrayList<>(List.of("end"));
    GenerationOptions options = drawing().logitBias(bias).stop(stop).build();
    bias.clear();
    stop.clear();
    assertThat(options.logitBias()).containsOnlyKeys(1);
    assertThat(options.stop()).containsExactly("end");
    assertThatThrownBy(() -> options.logitBias().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> options.stop().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }
}

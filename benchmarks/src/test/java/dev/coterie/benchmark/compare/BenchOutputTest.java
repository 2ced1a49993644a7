// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.coterie.testkit.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BenchOutputTest {
  private static Map<String, List<Double>> samples(String json) {
    return BenchOutput.samples(Json.parse(json));
  }

  @Test
  void readsRowsOfLlamaBench() {
    assertThat(
            samples(
                """
                [[{"n_prompt": 512, "n_gen": 0, "n_depth": 0, "samples_ts": [1585.3, 1590.0]},
                  {"n_prompt": 0, "n_gen": 128, "n_depth": 0, "samples_ts": [264.8]}],
                 [{"n_prompt": 0, "n_gen": 32, "n_depth": 8192, "samples_ts": [70.25]}]]
                """))
        .containsExactly(
            entry("pp512", List.of(1585.3, 1590.0)),
            entry("tg128", List.of(264.8)),
            entry("tg32 @ d8192", List.of(70.25)));
  }

  @Test
  void readsLinesOfBatchedBench() {
    assertThat(
            samples(
                """
                [{"test": "tg128 @ d128 x8", "kind": "tg", "lines":
                   [{"pl": 8, "speed_pp": 900.5, "speed_tg": 323.0}, {"speed_pp": 1, "speed_tg": 325}]},
                 {"test": "pp128 x8", "kind": "pp", "lines": [{"speed_pp": 901.5, "speed_tg": 3}]}]
                """))
        .containsExactly(
            entry("tg128 @ d128 x8", List.of(323.0, 325.0)), entry("pp128 x8", List.of(901.5)));
  }

  @Test
  void readsOursAndPeers() {
    assertThat(
            samples(
                """
                [[{"test": "pp512", "tokens": 512, "samples": [2500, 2510.5]}],
                 {"operations": "x", "tests": [{"test": "tg128", "samples": [60.5]}]}]
                """))
        .containsExactly(entry("pp512", List.of(2500.0, 2510.5)), entry("tg128", List.of(60.5)));
  }

  @Test
  void refusesWhatIsOfNoProgram() {
    assertThatThrownBy(() -> samples("[{\"speed\": 1}]"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("output: expected rows, lines or tests, found [speed]");
  }

  @Test
  void medianIsTheMiddle() {
    assertThat(BenchOutput.median(List.of(9.0, 1.0, 2.0))).isEqualTo(2);
    assertThat(BenchOutput.median(List.of(4.0, 1.0, 9.0, 2.0))).isEqualTo(3);
    assertThatThrownBy(() -> BenchOutput.median(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}

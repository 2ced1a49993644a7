// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.spi.Backend;
import dev.coterie.spi.Backends;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tie rule against what a program in C++, built with GCC 12's libstdc++, printed. */
class TorchTiesTest {
  @ParameterizedTest
  @CsvSource({
    "2, 2, 1, 0",
    "2, 1, 1, 0",
    "3, 3, 2, 0 1",
    "3, 2, 2, 0 1",
    "4, 4, 3, 0 2 3",
    "4, 2, 3, 0 1 3",
    "7, 7, 4, 0 6 5 3",
    "7, 4, 4, 1 0 3 2",
    "24, 24, 20, 12 23 2 22 21 20 19 18 17 16 15 11 0 14 6 1 3 4 5 8",
    "24, 16, 20, 1 0 2 15 14 13 12 11 10 8 9 3 4 20 6 7 5 21 22 23",
    "75, 75, 8, 13 38 20 74 4 7 0 73",
    "75, 50, 8, 0 13 38 20 4 7 16 28",
    "300, 300, 24, 202 86 79 69 137 146 0 151 152 155 157 196 222 32 229 29 250 267 15 78 4 260 33 66",
    "300, 200, 24, 128 0 79 146 4 69 78 196 29 151 152 32 33 155 157 15 86 137 93 154 68 66 92 60"
  })
  void selectsWhatNthElementLeavesInFront(int length, int available, int count, String expected) {
    double[] values = new double[length];
    int state = length;
    for (int i = 0; i < length; i++) {
      state = state * 1_664_525 + 1_013_904_223;
      int top = state >>> 28;
      values[i] = i >= available ? Double.NEGATIVE_INFINITY : top < 6 ? top : 0;
    }
    assertThat(TorchTies.select(values, count))
        .containsExactly(Stream.of(expected.split(" ")).mapToInt(Integer::parseInt).toArray());
  }

  @Test
  void chosenPositionsComeBestFirstAndOnlyThoseThereAre() {
    TorchTies operations = new TorchTies(75);
    double[][] keys = new double[40][1];
    for (int i = 0; i < keys.length; i++) {
      keys[i][0] = i % 10 == 3 ? i : -1;
    }
    double[] selected = operations.selectPositions(new double[] {1}, new double[] {1}, keys, 8);
    assertThat(Arrays.copyOf(selected, 4)).containsExactly(33, 23, 13, 3);
    assertThat(Arrays.copyOfRange(selected, 4, 8)).isSorted().doesNotHaveDuplicates();
    assertThat(operations.selectPositions(new double[] {1}, new double[] {1}, new double[3][1], 8))
        .containsExactly(0, 1, 2, -1, -1, -1, -1, -1);
    assertThatThrownBy(
            () -> operations.selectPositions(new double[1], new double[1], new double[76][1], 8))
        .hasMessage("positions: expected at most 75, found 76");
  }

  @Test
  void theBackendWantsTheLength() {
    try (Backend backend = Backends.choose(TorchTiesProvider.NAME).open(1, Map.of("length", "9"))) {
      assertThat(backend).isInstanceOf(ReferenceBackend.class);
    }
    assertThatThrownBy(() -> Backends.choose(TorchTiesProvider.NAME).open(1, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("options: expected 'length' for 'reference-torch-ties', found []");
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AccuracyTest {
  private static final float[][] EXPECTED = {{3, 4}, {0, 0}};

  @Test
  void nmseIsRelativeToThePower() {
    assertThat(Accuracy.nmse(EXPECTED, new float[][] {{3, 4.5f}, {0, 0}})).isEqualTo(0.01);
    assertThat(Accuracy.nmse(EXPECTED, EXPECTED)).isZero();
    assertThat(Accuracy.nmse(new float[1][2], new float[][] {{0, 1}})).isInfinite();
  }

  @Test
  void saysWhereTheWorstErrorIs() {
    assertThatThrownBy(
            () -> Accuracy.assertNmse("y", EXPECTED, new float[][] {{3, 4.5f}, {0, 0}}, 1e-3))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "y: expected nmse <= 1.0e-03, found 1.000e-02; worst at row 0, value 1: expected 4.0,"
                + " found 4.5");
  }

  @Test
  void nanNeverPasses() {
    float[][] actual = {{3, 4}, {0, Float.NaN}};
    assertThatThrownBy(() -> Accuracy.assertNmse("y", EXPECTED, actual, 1))
        .hasMessage("y: expected 0.0 at row 1, value 1, found NaN");
    assertThatThrownBy(() -> Accuracy.assertRelative("y", EXPECTED, actual, 1))
        .isInstanceOf(AssertionError.class);
    assertThat(Accuracy.maxDifference(EXPECTED, actual)).isNaN();
  }

  @Test
  void missingRowsNeverPass() {
    assertThatThrownBy(() -> Accuracy.assertNmse("y", EXPECTED, new float[][] {{3, 4}}, 1))
        .hasMessage("y: expected 2 rows, found 1");
  }

  @Test
  void aSmallColumnCountsByItself() {
    float[][] expected = new float[7][2];
    float[][] actual = new float[7][2];
    for (int r = 0; r < 7; r++) {
      expected[r] = new float[] {1_000, 1e-3f};
      actual[r] = new float[] {1_000, 2e-3f};
    }
    assertThatCode(() -> Accuracy.assertNmse("y", expected, actual, 1e-7))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> Accuracy.assertEachNmse("y", expected, actual, 1e-7))
        .hasMessageContaining("column 1");
  }

  @Test
  void relativeErrorsAreMeasuredByTheGreatestOfARow() {
    float[][] actual = {{3.0001f, 4}, {0, 0}};
    assertThatCode(() -> Accuracy.assertRelative("y", EXPECTED, actual, 3e-5))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> Accuracy.assertRelative("y", EXPECTED, actual, 2e-5))
        .hasMessageContaining("off by 2.50e-05 of the row's greatest, limit 2.0e-05");
    assertThat(Accuracy.maxDifference(EXPECTED, actual)).isCloseTo(1e-4, within(1e-6));
  }
}

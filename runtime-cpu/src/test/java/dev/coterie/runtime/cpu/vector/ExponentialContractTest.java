// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExponentialContractTest {
  /**
   * The bound that the class documents, rounded up: about two and a half units in the last place.
   */
  private static final double RELATIVE_ERROR = 3e-7;

  private static final int STEP = 1 << 9; // every so many floats

  private static float[] exp(float[] x) {
    float[] y = new float[x.length];
    Exponential.exp(1, x, 0, 0, y, 0, x.length);
    return y;
  }

  @Test
  void theErrorIsSmallWhereTheResultIsNormal() {
    double most = 0;
    float worst = 0;
    float[] x = new float[Lanes.COUNT];
    for (float sign : new float[] {1, -1}) {
      int last = Float.floatToRawIntBits(sign > 0 ? 88.37f : 87.33f);
      for (int bits = 0; bits <= last; bits += STEP * Lanes.COUNT) {
        for (int lane = 0; lane < x.length; lane++) {
          x[lane] = sign * Float.intBitsToFloat(Math.min(bits + lane * STEP, last));
        }
        float[] y = exp(x);
        for (int lane = 0; lane < x.length; lane++) {
          double exact = Math.exp(x[lane]);
          double error = Math.abs(y[lane] - exact) / exact;
          if (!(error <= most)) {
            most = error;
            worst = x[lane];
          }
        }
      }
    }
    assertThat(most).as("relative error at %s", worst).isLessThanOrEqualTo(RELATIVE_ERROR);
  }

  @Test
  void whatIsTooSmallBecomesAlmostNothingAndWhatIsTooLargeStaysFinite() {
    float[] x = new float[Lanes.COUNT];
    x[0] = Float.NEGATIVE_INFINITY;
    x[1] = -1e30f;
    x[2] = Float.POSITIVE_INFINITY;
    x[3] = 100;
    float[] y = exp(x);
    assertThat(y[0]).isBetween(0f, 2e-38f);
    assertThat(y[1]).isEqualTo(y[0]);
    assertThat(y[2]).isFinite().isGreaterThan(2e38f);
    assertThat(y[3]).isEqualTo(y[2]);
  }

  @Test
  void zeroGivesOne() {
    assertThat(exp(new float[Lanes.COUNT])).containsOnly(1f);
  }
}

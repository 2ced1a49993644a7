// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.quantize;

import static dev.coterie.engine.quantize.LaneQuantizer.LANES;
import static dev.coterie.engine.quantize.LaneQuantizer.LEAST;
import static dev.coterie.engine.quantize.LaneQuantizer.ROUND;

import java.util.Arrays;

/**
 * Finds, for a group of values, the scale d of least squared error in x = d q, with integers q from
 * a range around 0.
 *
 * <p>For a given rounding of x / d to codes q the best d is a quotient of sums. So a grid of scales
 * is tried, each is replaced by the best one for its codes, and the winner is rounded again with
 * its own scale until that gains nothing. The residual is what is summed, never the difference of
 * two large sums.
 */
final class ScaleFit {
  private static final int REFINEMENTS = 3;

  private final int size;
  private final float least;
  private final float most;
  private final float[] grid;

  /** The best scale of each lane. */
  final float[] scale = new float[LANES];

  private final double[] best = new double[LANES];
  private final float[] extreme = new float[LANES];
  private final float[] inverse = new float[LANES];
  private final float[] trial = new float[LANES];

  /**
   * Sums of the last {@link #measure}, one after the other: squared residuals, residual by code,
   * squared codes. One array, and of another type than what is read beside it: else the compiler
   * must fear that a store changes what the next lane loads, and vectorizes nothing.
   */
  private final double[] sums = new double[3 * LANES];

  /**
   * A search.
   *
   * @param size the values of a group
   * @param least the least code
   * @param most the greatest code
   * @param grid the codes, not necessarily integers, that the value of greatest magnitude is tried
   *     with; a negative one turns its sign
   */
  ScaleFit(int size, int least, int most, float[] grid) {
    this.size = size;
    this.least = least;
    this.most = most;
    this.grid = grid.clone();
  }

  /** The numbers from one to another at a distance, and their negatives. */
  static float[] grid(double from, double to, double step) {
    int n = (int) Math.round((to - from) / step) + 1;
    float[] grid = new float[2 * n];
    for (int i = 0; i < n; i++) {
      grid[i] = (float) (from + i * step);
      grid[n + i] = -grid[i];
    }
    return grid;
  }

  /** Fills {@link #scale} for the group that begins at an element. */
  void search(float[] x, int first) {
    extremes(x, first);
    Arrays.fill(scale, 0);
    Arrays.fill(best, Double.MAX_VALUE);
    for (float code : grid) {
      for (int b = 0; b < LANES; b++) {
        boolean some = Math.abs(extreme[b]) >= LEAST;
        trial[b] = some ? extreme[b] / code : 0;
        inverse[b] = some ? code / extreme[b] : 0;
      }
      measure(x, first, inverse, trial);
      keepBetter();
    }
    for (int i = 0; i < REFINEMENTS; i++) {
      for (int b = 0; b < LANES; b++) {
        trial[b] = scale[b];
        inverse[b] = inverse(scale[b]);
      }
      measure(x, first, inverse, trial);
      keepBetter();
    }
  }

  static float inverse(float scale) {
    return scale == 0 ? 0 : 1 / scale;
  }

  private void keepBetter() {
    for (int b = 0; b < LANES; b++) {
      double byCode = sums[LANES + b];
      double squares = sums[2 * LANES + b];
      double change = squares > 0 ? byCode / squares : 0;
      double error = sums[b] - change * byCode;
      if (error < best[b]) {
        best[b] = error;
        scale[b] = (float) (trial[b] + change);
      }
    }
  }

  /** The value of greatest magnitude of each lane. */
  private void extremes(float[] x, int first) {
    Arrays.fill(extreme, 0);
    for (int e = first; e < first + size; e++) {
      int row = e * LANES;
      for (int b = 0; b < LANES; b++) {
        float value = x[row + b];
        if (Math.abs(value) > Math.abs(extreme[b])) {
          extreme[b] = value;
        }
      }
    }
  }

  /**
   * Rounds a group with given scales and sums what is left.
   *
   * @param inverses what to multiply a value with before it is rounded to a code
   * @param scales what to multiply a code with
   */
  void measure(float[] x, int first, float[] inverses, float[] scales) {
    float lo = least;
    float hi = most;
    double[] acc = sums;
    Arrays.fill(acc, 0);
    for (int row = first * LANES; row < (first + size) * LANES; row += LANES) {
      for (int b = 0; b < LANES; b++) {
        float q = Math.max(lo, Math.min(hi, (x[row + b] * inverses[b] + ROUND) - ROUND));
        float r = x[row + b] - q * scales[b];
        acc[b] += r * r;
        acc[LANES + b] += r * q;
        acc[2 * LANES + b] += q * q;
      }
    }
  }

  /** The squared residuals of a lane at the last {@link #measure}. */
  double error(int lane) {
    return sums[lane];
  }

  /** What the best scale of a lane for its codes of the last {@link #measure} would change. */
  double residualByCode(int lane) {
    return sums[LANES + lane];
  }

  double squaredCodes(int lane) {
    return sums[2 * LANES + lane];
  }

  /** Writes the codes of a group. */
  void codes(float[] x, int first, float[] inverses, byte[] codes) {
    for (int p = first * LANES; p < (first + size) * LANES; p += LANES) {
      for (int b = 0; b < LANES; b++) {
        float q = Math.max(least, Math.min(most, (x[p + b] * inverses[b] + ROUND) - ROUND));
        codes[p + b] = (byte) (int) q;
      }
    }
  }
}

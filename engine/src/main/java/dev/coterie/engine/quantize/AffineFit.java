// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.quantize;

import static dev.coterie.engine.quantize.LaneQuantizer.LANES;
import static dev.coterie.engine.quantize.LaneQuantizer.LEAST;

import java.util.Arrays;

/**
 * Finds, for a group of values, scale d and minimum m of least squared error in x = d q + m, with
 * integers q from 0 to a greatest. As {@link ScaleFit}; the grid is of windows on the values' range
 * that the codes are spread over, some longer than the range and some shorter.
 */
final class AffineFit {
  private static final int REFINEMENTS = 3;

  /** What makes a number positive before it is cut to an integer. */
  private static final int SHIFT = 256;

  private static final float[] ANCHORS = {0, 0.5f, 1, 0.25f, 0.75f};

  private final int size;
  private final float most;
  private final boolean belowZero;
  private final double from;
  private final double to;
  private final double step;

  final float[] scale = new float[LANES];
  final float[] minimum = new float[LANES];

  private final double[] best = new double[LANES];
  private final float[] low = new float[LANES];
  private final float[] high = new float[LANES];
  private final float[] range = new float[LANES];
  private final float[] inverse = new float[LANES];
  private final float[] trial = new float[LANES];
  private final float[] trialMinimum = new float[LANES];

  /** The codes of the last {@link #measure}. */
  private final int[] rounded;

  // Sums of the last measure. A loop writes to one array, of another type than those it reads:
  // else the compiler must fear that a store changes what the next lane loads, and vectorizes
  // nothing.
  private final double[] residualSquares = new double[LANES];
  private final double[] residuals = new double[LANES];
  private final double[] residualsByCode = new double[LANES];
  private final long[] codeSums = new long[LANES];
  private final long[] codeSquares = new long[LANES];

  /**
   * A search.
   *
   * @param size the values of a group
   * @param most the greatest code
   * @param belowZero whether the minimum must not be above 0
   * @param from how many codes the range of the values is spread over, at least
   * @param to and at most
   * @param step and from one try to the next
   */
  AffineFit(int size, int most, boolean belowZero, double from, double to, double step) {
    this.size = size;
    this.most = most;
    this.belowZero = belowZero;
    this.from = from;
    this.to = to;
    this.step = step;
    rounded = new int[size * LANES];
  }

  /** Fills {@link #scale} and {@link #minimum} for the group that begins at an element. */
  void search(float[] x, int first) {
    bounds(x, first);
    Arrays.fill(best, Double.MAX_VALUE);
    for (int i = 0; from + i * step <= to; i++) {
      float spread = (float) (from + i * step);
      int anchors = spread == most ? 1 : 5;
      for (int a = 0; a < anchors; a++) {
        float offset = ANCHORS[a] * (1 - most / spread);
        for (int b = 0; b < LANES; b++) {
          boolean some = range[b] >= LEAST;
          trial[b] = some ? range[b] / spread : 0;
          inverse[b] = some ? spread / range[b] : 0;
          trialMinimum[b] = low[b] + offset * range[b];
        }
        measure(x, first, inverse, trial, trialMinimum);
        keepBetter();
      }
    }
    for (int i = 0; i < REFINEMENTS; i++) {
      for (int b = 0; b < LANES; b++) {
        trial[b] = scale[b];
        trialMinimum[b] = minimum[b];
        inverse[b] = ScaleFit.inverse(scale[b]);
      }
      measure(x, first, inverse, trial, trialMinimum);
      keepBetter();
    }
  }

  private void keepBetter() {
    for (int b = 0; b < LANES; b++) {
      double n = size;
      double rr = residualSquares[b];
      double r = residuals[b];
      double rq = residualsByCode[b];
      double q = codeSums[b];
      double qq = codeSquares[b];
      double determinant = n * qq - q * q;
      double change = determinant > 0 ? (n * rq - r * q) / determinant : 0;
      double shift = (r - change * q) / n;
      double error = rr - change * rq - shift * r;
      if (belowZero && trialMinimum[b] + shift > 0) {
        shift = -trialMinimum[b];
        change = qq > 0 ? (rq - shift * q) / qq : 0;
        error =
            rr
                + change * (change * qq - 2 * rq)
                + shift * (shift * n - 2 * r)
                + 2 * change * shift * q;
      }
      if (error < best[b]) {
        best[b] = error;
        scale[b] = (float) (trial[b] + change);
        minimum[b] = (float) (trialMinimum[b] + shift);
      }
    }
  }

  private void bounds(float[] x, int first) {
    float start = belowZero ? 0 : Float.MAX_VALUE;
    Arrays.fill(low, start);
    Arrays.fill(high, -Float.MAX_VALUE);
    for (int e = first; e < first + size; e++) {
      int row = e * LANES;
      for (int b = 0; b < LANES; b++) {
        low[b] = Math.min(low[b], x[row + b]);
        high[b] = Math.max(high[b], x[row + b]);
      }
    }
    for (int b = 0; b < LANES; b++) {
      range[b] = high[b] - low[b];
    }
  }

  /**
   * Rounds a group with given scales and minima and sums what is left.
   *
   * @param inverses what to multiply a value less its minimum with before it is rounded to a code
   */
  void measure(float[] x, int first, float[] inverses, float[] scales, float[] minima) {
    round(x, first, inverses, minima);
    squares(x, first, scales, minima);
    Arrays.fill(residuals, 0);
    Arrays.fill(residualsByCode, 0);
    Arrays.fill(codeSums, 0);
    Arrays.fill(codeSquares, 0);
    int from = first * LANES;
    for (int row = 0; row < size * LANES; row += LANES) {
      for (int b = 0; b < LANES; b++) {
        residuals[b] += x[from + row + b] - (rounded[row + b] * scales[b] + minima[b]);
      }
      for (int b = 0; b < LANES; b++) {
        float q = rounded[row + b];
        residualsByCode[b] += (x[from + row + b] - (q * scales[b] + minima[b])) * q;
      }
      for (int b = 0; b < LANES; b++) {
        codeSums[b] += rounded[row + b];
      }
      for (int b = 0; b < LANES; b++) {
        codeSquares[b] += rounded[row + b] * rounded[row + b];
      }
    }
  }

  /** As {@link #measure}, for {@link #error} alone. */
  void measureError(float[] x, int first, float[] inverses, float[] scales, float[] minima) {
    round(x, first, inverses, minima);
    squares(x, first, scales, minima);
  }

  /** The squared residuals of a lane. */
  double error(int lane) {
    return residualSquares[lane];
  }

  double residuals(int lane) {
    return residuals[lane];
  }

  double residualsByCode(int lane) {
    return residualsByCode[lane];
  }

  double codes(int lane) {
    return codeSums[lane];
  }

  double squaredCodes(int lane) {
    return codeSquares[lane];
  }

  private void round(float[] x, int first, float[] inverses, float[] minima) {
    int from = first * LANES;
    int hi = (int) most + SHIFT;
    for (int row = 0; row < size * LANES; row += LANES) {
      for (int b = 0; b < LANES; b++) {
        float q = (x[from + row + b] - minima[b]) * inverses[b] + (SHIFT + 0.5f);
        rounded[row + b] = Math.max(SHIFT, Math.min(hi, (int) q)) - SHIFT;
      }
    }
  }

  private void squares(float[] x, int first, float[] scales, float[] minima) {
    Arrays.fill(residualSquares, 0);
    int from = first * LANES;
    for (int row = 0; row < size * LANES; row += LANES) {
      for (int b = 0; b < LANES; b++) {
        float r = x[from + row + b] - (rounded[row + b] * scales[b] + minima[b]);
        residualSquares[b] += r * r;
      }
    }
  }

  /** Writes the codes of a group, as {@link #measure} rounds them. */
  void codes(float[] x, int first, float[] inverses, float[] minima, byte[] codes) {
    round(x, first, inverses, minima);
    for (int i = 0; i < size * LANES; i++) {
      codes[first * LANES + i] = (byte) rounded[i];
    }
  }
}

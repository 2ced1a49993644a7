// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.quantize;

import dev.coterie.spi.DataType;
import java.util.Arrays;

/**
 * Q2_K, Q4_K and Q5_K: groups of codes from 0 up, each with an integer scale s and an integer
 * minimum m, and two half-precision scales of those: x = d s q - e m.
 *
 * <p>As {@link ScaledSuperQuantizer}: real scales and minima first, then d and e and the integers
 * in turn; for given integers and codes the best d and e solve two linear equations.
 */
final class AffineSuperQuantizer extends LaneQuantizer {
  private static final int ROUNDS = 3;

  private final int groups;
  private final int size;
  private final int most;
  private final AffineFit fit;
  private final float[][] real;
  private final float[][] realMinimum;
  private final int[][] scales;
  private final int[][] minima;
  private final int[][] bestScales;
  private final int[][] bestMinima;
  private final float[] d = new float[LANES];
  private final float[] e = new float[LANES];
  private final float[] bestD = new float[LANES];
  private final float[] bestE = new float[LANES];
  private final double[] best = new double[LANES];
  private final double[] total = new double[LANES];
  private final float[] product = new float[LANES];
  private final float[] minimum = new float[LANES];
  private final float[] inverse = new float[LANES];
  private final double[] groupBest = new double[LANES];

  /** The equations for the changes of d and e: uu, uv, vv, ru, rv with u = s q and v = -m. */
  private final double[][] equations = new double[5][LANES];

  AffineSuperQuantizer(DataType type) {
    super(type);
    switch (type) {
      case Q2_K -> {
        size = 16;
        most = 15;
        fit = new AffineFit(size, 3, true, 1.5, 5.5, 0.5);
      }
      case Q4_K -> {
        size = 32;
        most = 63;
        fit = new AffineFit(size, 15, true, 13, 18, 1);
      }
      default -> {
        size = 32;
        most = 63;
        fit = new AffineFit(size, 31, true, 29, 34, 1);
      }
    }
    groups = 256 / size;
    real = new float[groups][LANES];
    realMinimum = new float[groups][LANES];
    scales = new int[groups][LANES];
    minima = new int[groups][LANES];
    bestScales = new int[groups][LANES];
    bestMinima = new int[groups][LANES];
  }

  @Override
  void fit() {
    Arrays.fill(d, 0);
    Arrays.fill(e, 0);
    for (int g = 0; g < groups; g++) {
      fit.search(x, g * size);
      for (int b = 0; b < LANES; b++) {
        real[g][b] = Math.max(0, fit.scale[b]);
        realMinimum[g][b] = Math.max(0, -fit.minimum[b]);
        d[b] = Math.max(d[b], real[g][b]);
        e[b] = Math.max(e[b], realMinimum[g][b]);
      }
    }
    for (int b = 0; b < LANES; b++) {
      d[b] = halfAway(d[b] / most);
      e[b] = halfAway(e[b] / most);
    }
    Arrays.fill(best, Double.MAX_VALUE);
    for (int round = 0; round < ROUNDS; round++) {
      improveIntegers();
      keepBetter();
    }
    for (int g = 0; g < groups; g++) {
      for (int b = 0; b < LANES; b++) {
        inverse[b] = ScaleFit.inverse(bestD[b] * bestScales[g][b]);
        minimum[b] = -(bestE[b] * bestMinima[g][b]);
      }
      fit.codes(x, g * size, inverse, minimum, codes);
    }
  }

  private void improveIntegers() {
    Arrays.fill(total, 0);
    for (double[] equation : equations) {
      Arrays.fill(equation, 0);
    }
    for (int g = 0; g < groups; g++) {
      Arrays.fill(groupBest, Double.MAX_VALUE);
      for (int i = 0; i < 9; i++) {
        int step = i % 3 - 1;
        int minimumStep = i / 3 - 1;
        for (int b = 0; b < LANES; b++) {
          product[b] = d[b] * trial(real[g][b], d[b], step);
          inverse[b] = ScaleFit.inverse(product[b]);
          minimum[b] = -(e[b] * trial(realMinimum[g][b], e[b], minimumStep));
        }
        fit.measureError(x, g * size, inverse, product, minimum);
        for (int b = 0; b < LANES; b++) {
          if (fit.error(b) < groupBest[b]) {
            groupBest[b] = fit.error(b);
            scales[g][b] = trial(real[g][b], d[b], step);
            minima[g][b] = trial(realMinimum[g][b], e[b], minimumStep);
          }
        }
      }
      for (int b = 0; b < LANES; b++) {
        product[b] = d[b] * scales[g][b];
        inverse[b] = ScaleFit.inverse(product[b]);
        minimum[b] = -(e[b] * minima[g][b]);
      }
      fit.measure(x, g * size, inverse, product, minimum);
      for (int b = 0; b < LANES; b++) {
        total[b] += groupBest[b];
        double s = scales[g][b];
        double m = minima[g][b];
        equations[0][b] += s * s * fit.squaredCodes(b);
        equations[1][b] -= s * m * fit.codes(b);
        equations[2][b] += m * m * size;
        equations[3][b] += s * fit.residualsByCode(b);
        equations[4][b] -= m * fit.residuals(b);
      }
    }
  }

  private int trial(float value, float unit, int step) {
    int nearest = unit == 0 ? 0 : Math.round(value / unit);
    return Math.clamp(nearest + step, 0, most);
  }

  private void keepBetter() {
    for (int b = 0; b < LANES; b++) {
      if (total[b] < best[b]) {
        best[b] = total[b];
        bestD[b] = d[b];
        bestE[b] = e[b];
        for (int g = 0; g < groups; g++) {
          bestScales[g][b] = scales[g][b];
          bestMinima[g][b] = minima[g][b];
        }
      }
      double uu = equations[0][b];
      double uv = equations[1][b];
      double vv = equations[2][b];
      double determinant = uu * vv - uv * uv;
      if (determinant > 1e-9 * uu * vv) {
        double changeD = (equations[3][b] * vv - equations[4][b] * uv) / determinant;
        double changeE = (equations[4][b] * uu - equations[3][b] * uv) / determinant;
        d[b] = half((float) Math.max(0, d[b] + changeD), 0);
        e[b] = half((float) Math.max(0, e[b] + changeE), 0);
      } else if (uu > 0) {
        d[b] = half((float) Math.max(0, d[b] + equations[3][b] / uu), 0);
      }
    }
  }

  @Override
  void pack(int lane, byte[] out, int at) {
    Arrays.fill(out, at, at + type().blockBytes(), (byte) 0);
    if (type() == DataType.Q2_K) {
      for (int g = 0; g < groups; g++) {
        out[at + g] = (byte) (bestScales[g][lane] | bestMinima[g][lane] << 4);
      }
      for (int i = 0; i < 256; i++) {
        out[at + 16 + 32 * (i / 128) + i % 32] |= (byte) (code(i, lane) << (2 * (i % 128 / 32)));
      }
      Bytes.putHalf(out, at + 80, bestD[lane]);
      Bytes.putHalf(out, at + 82, bestE[lane]);
      return;
    }
    Bytes.putHalf(out, at, bestD[lane]);
    Bytes.putHalf(out, at + 2, bestE[lane]);
    for (int g = 0; g < groups; g++) {
      int s = bestScales[g][lane];
      int m = bestMinima[g][lane];
      if (g < 4) {
        out[at + 4 + g] |= (byte) s;
        out[at + 8 + g] |= (byte) m;
      } else {
        out[at + 8 + g] |= (byte) (s & 15 | (m & 15) << 4);
        out[at + g] |= (byte) (s >> 4 << 6);
        out[at + 4 + g] |= (byte) (m >> 4 << 6);
      }
    }
    int codesAt = type() == DataType.Q4_K ? at + 16 : at + 48;
    for (int i = 0; i < 256; i++) {
      int code = code(i, lane);
      out[codesAt + 32 * (i / 64) + i % 32] |= (byte) ((code & 15) << (i % 64 < 32 ? 0 : 4));
      if (type() == DataType.Q5_K) {
        out[at + 16 + i % 32] |= (byte) (code >> 4 << (i / 32));
      }
    }
  }
}

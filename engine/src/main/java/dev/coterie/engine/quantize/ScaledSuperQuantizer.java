// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.quantize;

import dev.coterie.spi.DataType;
import java.util.Arrays;

/**
 * Q6_K and Q3_K: 16 groups of 16 codes, each with an integer scale, and a half-precision scale d of
 * those.
 *
 * <p>The best real scale of each group is found first. Then d and the integers are improved in
 * turn: for a given d each group tries the integers around its real scale; for given integers and
 * codes the best d is a quotient of sums.
 */
final class ScaledSuperQuantizer extends LaneQuantizer {
  private static final int GROUPS = 16;
  private static final int SIZE = 16;
  private static final int ROUNDS = 3;

  private final int leastScale;
  private final int mostScale;
  private final ScaleFit fit;
  private final float[][] real = new float[GROUPS][LANES];
  private final int[][] scales = new int[GROUPS][LANES];
  private final int[][] bestScales = new int[GROUPS][LANES];
  private final float[] d = new float[LANES];
  private final float[] bestD = new float[LANES];
  private final double[] best = new double[LANES];
  private final double[] total = new double[LANES];
  private final float[] product = new float[LANES];
  private final float[] inverse = new float[LANES];
  private final double[] groupBest = new double[LANES];
  private final double[] numerator = new double[LANES];
  private final double[] denominator = new double[LANES];
  private final double[] groupNumerator = new double[LANES];
  private final double[] groupDenominator = new double[LANES];

  ScaledSuperQuantizer(DataType type) {
    super(type);
    if (type == DataType.Q6_K) {
      leastScale = -128;
      mostScale = 127;
      fit = new ScaleFit(SIZE, -32, 31, ScaleFit.grid(26, 34, 1));
    } else {
      leastScale = -32;
      mostScale = 31;
      fit = new ScaleFit(SIZE, -4, 3, ScaleFit.grid(1.5, 5.25, 0.25));
    }
  }

  @Override
  void fit() {
    Arrays.fill(d, 0);
    for (int g = 0; g < GROUPS; g++) {
      fit.search(x, g * SIZE);
      System.arraycopy(fit.scale, 0, real[g], 0, LANES);
      for (int b = 0; b < LANES; b++) {
        if (Math.abs(fit.scale[b]) > Math.abs(d[b])) {
          d[b] = fit.scale[b];
        }
      }
    }
    for (int b = 0; b < LANES; b++) {
      d[b] = halfAway(d[b] / leastScale);
    }
    Arrays.fill(best, Double.MAX_VALUE);
    for (int round = 0; round < ROUNDS; round++) {
      improveScales();
      keepBetter();
    }
    for (int g = 0; g < GROUPS; g++) {
      for (int b = 0; b < LANES; b++) {
        inverse[b] = ScaleFit.inverse(bestD[b] * bestScales[g][b]);
      }
      fit.codes(x, g * SIZE, inverse, codes);
    }
  }

  private void improveScales() {
    Arrays.fill(total, 0);
    Arrays.fill(numerator, 0);
    Arrays.fill(denominator, 0);
    for (int g = 0; g < GROUPS; g++) {
      Arrays.fill(groupBest, Double.MAX_VALUE);
      for (int step = -1; step <= 1; step++) {
        for (int b = 0; b < LANES; b++) {
          product[b] = d[b] * trial(g, b, step);
          inverse[b] = ScaleFit.inverse(product[b]);
        }
        fit.measure(x, g * SIZE, inverse, product);
        for (int b = 0; b < LANES; b++) {
          if (fit.error(b) < groupBest[b]) {
            groupBest[b] = fit.error(b);
            scales[g][b] = trial(g, b, step);
            groupNumerator[b] = fit.residualByCode(b);
            groupDenominator[b] = fit.squaredCodes(b);
          }
        }
      }
      for (int b = 0; b < LANES; b++) {
        total[b] += groupBest[b];
        numerator[b] += scales[g][b] * groupNumerator[b];
        denominator[b] += (double) scales[g][b] * scales[g][b] * groupDenominator[b];
      }
    }
  }

  private int trial(int group, int lane, int step) {
    int nearest = d[lane] == 0 ? 0 : Math.round(real[group][lane] / d[lane]);
    return Math.clamp(nearest + step, leastScale, mostScale);
  }

  private void keepBetter() {
    for (int b = 0; b < LANES; b++) {
      if (total[b] < best[b]) {
        best[b] = total[b];
        bestD[b] = d[b];
        for (int g = 0; g < GROUPS; g++) {
          bestScales[g][b] = scales[g][b];
        }
      }
      if (denominator[b] > 0) {
        d[b] = half((float) (d[b] + numerator[b] / denominator[b]), 0);
      }
    }
  }

  @Override
  void pack(int lane, byte[] out, int at) {
    Arrays.fill(out, at, at + type().blockBytes(), (byte) 0);
    if (type() == DataType.Q6_K) {
      for (int i = 0; i < 256; i++) {
        int code = code(i, lane) + 32;
        int n = i / 128;
        int k = i % 128 / 32;
        int l = i % 32;
        out[at + 64 * n + 32 * (k & 1) + l] |= (byte) ((code & 15) << (4 * (k >> 1)));
        out[at + 128 + 32 * n + l] |= (byte) (code >> 4 << (2 * k));
      }
      for (int g = 0; g < GROUPS; g++) {
        out[at + 192 + g] = (byte) bestScales[g][lane];
      }
      Bytes.putHalf(out, at + 208, bestD[lane]);
      return;
    }
    for (int i = 0; i < 256; i++) {
      int code = code(i, lane) + 4;
      out[at + 32 + 32 * (i / 128) + i % 32] |= (byte) ((code & 3) << (2 * (i % 128 / 32)));
      out[at + i % 32] |= (byte) (code >> 2 << (i / 32));
    }
    for (int g = 0; g < GROUPS; g++) {
      int scale = bestScales[g][lane] + 32;
      out[at + 96 + g % 8] |= (byte) ((scale & 15) << (g < 8 ? 0 : 4));
      out[at + 104 + g % 4] |= (byte) (scale >> 4 << (2 * (g / 4)));
    }
    Bytes.putHalf(out, at + 108, bestD[lane]);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.quantize;

import dev.coterie.spi.DataType;
import java.util.Arrays;

/** Q4_1 and Q5_1: 32 codes, a half-precision scale and a half-precision minimum. */
final class AffineQuantizer extends LaneQuantizer {
  private final AffineFit fit;
  private final float[] scales = new float[LANES];
  private final float[] minima = new float[LANES];
  private final float[] inverses = new float[LANES];
  private final float[] trial = new float[LANES];
  private final float[] trialMinimum = new float[LANES];
  private final float[] trialInverse = new float[LANES];
  private final double[] best = new double[LANES];

  AffineQuantizer(DataType type) {
    super(type);
    fit =
        type == DataType.Q4_1
            ? new AffineFit(32, 15, false, 13, 19, 0.5)
            : new AffineFit(32, 31, false, 29, 35, 1);
  }

  @Override
  void fit() {
    fit.search(x, 0);
    Arrays.fill(best, Double.MAX_VALUE);
    for (int i = 0; i < 9; i++) {
      for (int b = 0; b < LANES; b++) {
        trial[b] = half(fit.scale[b], i % 3 - 1);
        trialMinimum[b] = half(fit.minimum[b], i / 3 - 1);
        trialInverse[b] = ScaleFit.inverse(trial[b]);
      }
      fit.measureError(x, 0, trialInverse, trial, trialMinimum);
      for (int b = 0; b < LANES; b++) {
        if (fit.error(b) < best[b]) {
          best[b] = fit.error(b);
          scales[b] = trial[b];
          minima[b] = trialMinimum[b];
          inverses[b] = trialInverse[b];
        }
      }
    }
    fit.codes(x, 0, inverses, minima, codes);
  }

  @Override
  void pack(int lane, byte[] out, int at) {
    Bytes.putHalf(out, at, scales[lane]);
    Bytes.putHalf(out, at + 2, minima[lane]);
    if (type() == DataType.Q5_1) {
      Bytes.putInt(out, at + 4, fifthBits(lane));
      packNibbles(lane, out, at + 8);
    } else {
      packNibbles(lane, out, at + 4);
    }
  }
}

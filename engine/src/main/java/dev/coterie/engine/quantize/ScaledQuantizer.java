// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.quantize;

import dev.coterie.spi.DataType;
import java.util.Arrays;

/** Q8_0, Q5_0 and Q4_0: 32 codes and a half-precision scale. */
final class ScaledQuantizer extends LaneQuantizer {
  private final int zero;
  private final ScaleFit fit;
  private final float[] scales = new float[LANES];
  private final float[] inverses = new float[LANES];
  private final float[] trial = new float[LANES];
  private final float[] trialInverse = new float[LANES];
  private final double[] best = new double[LANES];

  ScaledQuantizer(DataType type) {
    super(type);
    // Whatever the largest code of a block that was once quantized, a power of two times it lies
    // in the upper half of the range: with all integers of that half such blocks come out exactly.
    switch (type) {
      case Q8_0 -> {
        zero = 0;
        fit = new ScaleFit(32, -128, 127, wideGrid());
      }
      case Q5_0 -> {
        zero = 16;
        fit = new ScaleFit(32, -16, 15, ScaleFit.grid(8, 17, 0.5));
      }
      default -> {
        zero = 8;
        fit = new ScaleFit(32, -8, 7, ScaleFit.grid(4, 9.25, 0.25));
      }
    }
  }

  /** With so many codes the sign of the scale hardly matters, and the number of tries does. */
  private static float[] wideGrid() {
    float[] grid = new float[105];
    int n = 0;
    for (int code = 64; code <= 128; code++) {
      grid[n++] = code;
    }
    for (float code = 90.5f; code < 129; code++) {
      grid[n++] = code;
    }
    grid[n] = -128;
    return grid;
  }

  @Override
  void fit() {
    fit.search(x, 0);
    Arrays.fill(best, Double.MAX_VALUE);
    for (int steps = -1; steps <= 1; steps++) {
      for (int b = 0; b < LANES; b++) {
        trial[b] = half(fit.scale[b], steps);
        trialInverse[b] = ScaleFit.inverse(trial[b]);
      }
      fit.measure(x, 0, trialInverse, trial);
      for (int b = 0; b < LANES; b++) {
        if (fit.error(b) < best[b]) {
          best[b] = fit.error(b);
          scales[b] = trial[b];
          inverses[b] = trialInverse[b];
        }
      }
    }
    fit.codes(x, 0, inverses, codes);
    for (int i = 0; i < codes.length; i++) {
      codes[i] += (byte) zero;
    }
  }

  @Override
  void pack(int lane, byte[] out, int at) {
    Bytes.putHalf(out, at, scales[lane]);
    switch (type()) {
      case Q8_0 -> {
        for (int i = 0; i < 32; i++) {
          out[at + 2 + i] = (byte) code(i, lane);
        }
      }
      case Q5_0 -> {
        Bytes.putInt(out, at + 2, fifthBits(lane));
        packNibbles(lane, out, at + 6);
      }
      default -> packNibbles(lane, out, at + 2);
    }
  }
}

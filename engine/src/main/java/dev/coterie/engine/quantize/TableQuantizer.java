// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.quantize;

import dev.coterie.spi.DataType;

/** IQ4_NL: 32 codes for 16 unevenly spaced values, and a half-precision scale. */
final class TableQuantizer extends LaneQuantizer {
  private static final int[] VALUES = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };
  private static final float[] GRID = ScaleFit.grid(104, 140, 1.5);
  private static final int REFINEMENTS = 3;

  /** The code nearest to each quarter from -128 to 128. */
  private static final byte[] NEAREST = new byte[1025];

  static {
    for (int i = 0; i < NEAREST.length; i++) {
      float value = (i - 512) / 4f;
      for (int code = 1; code < VALUES.length; code++) {
        if (Math.abs(value - VALUES[code]) < Math.abs(value - VALUES[NEAREST[i]])) {
          NEAREST[i] = (byte) code;
        }
      }
    }
  }

  private final float[] block = new float[32];
  private final float[] scales = new float[LANES];
  private double error;
  private double change;

  TableQuantizer() {
    super(DataType.IQ4_NL);
  }

  @Override
  void fit() {
    for (int b = 0; b < LANES; b++) {
      float extreme = 0;
      for (int i = 0; i < 32; i++) {
        block[i] = x[i * LANES + b];
        extreme = Math.abs(block[i]) > Math.abs(extreme) ? block[i] : extreme;
      }
      float scale = Math.abs(extreme) < LEAST ? 0 : search(extreme);
      double best = Double.MAX_VALUE;
      for (int steps = -1; steps <= 1; steps++) {
        float trial = half(scale, steps);
        measure(trial);
        if (error < best) {
          best = error;
          scales[b] = trial;
        }
      }
      float inverse = ScaleFit.inverse(scales[b]);
      for (int i = 0; i < 32; i++) {
        codes[i * LANES + b] = nearest(block[i] * inverse);
      }
    }
  }

  private float search(float extreme) {
    float scale = 0;
    double best = Double.MAX_VALUE;
    for (int i = 0; i < GRID.length + REFINEMENTS; i++) {
      float trial = i < GRID.length ? extreme / GRID[i] : scale;
      measure(trial);
      double gained = error - change * change;
      if (gained < best) {
        best = gained;
        scale = trial + slope;
      }
    }
    return scale;
  }

  private float slope;

  /** Sums the squared residuals, and what the best scale for the same codes would take off. */
  private void measure(float scale) {
    float inverse = ScaleFit.inverse(scale);
    float rr = 0;
    float rv = 0;
    float vv = 0;
    for (int i = 0; i < 32; i++) {
      float value = VALUES[nearest(block[i] * inverse)];
      float r = block[i] - scale * value;
      rr += r * r;
      rv += r * value;
      vv += value * value;
    }
    error = rr;
    slope = rv / vv;
    change = rv / Math.sqrt(vv);
  }

  private static byte nearest(float value) {
    return NEAREST[Math.round(Math.clamp(value, -128f, 128f) * 4) + 512];
  }

  @Override
  void pack(int lane, byte[] out, int at) {
    Bytes.putHalf(out, at, scales[lane]);
    packNibbles(lane, out, at + 2);
  }
}

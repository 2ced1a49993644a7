// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.quantize;

import dev.coterie.spi.DataType;
import java.util.Arrays;

/**
 * MXFP4: 32 floats of 4 bits (0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives) and a power of two.
 */
final class MicroscaleQuantizer extends LaneQuantizer {
  private static final int BIAS = 127;
  private static final int GREATEST = 254;

  private final float[] largest = new float[LANES];
  private final float[] inverse = new float[LANES];
  private final float[] error = new float[LANES];
  private final float[] best = new float[LANES];
  private final int[] exponents = new int[LANES];

  MicroscaleQuantizer() {
    super(DataType.MXFP4);
  }

  @Override
  void fit() {
    Arrays.fill(largest, 0);
    for (int e = 0; e < 32; e++) {
      for (int b = 0; b < LANES; b++) {
        largest[b] = Math.max(largest[b], Math.abs(x[e * LANES + b]));
      }
    }
    Arrays.fill(best, Float.MAX_VALUE);
    Arrays.fill(exponents, 0);
    for (int step = 1; step >= -1; step--) {
      for (int b = 0; b < LANES; b++) {
        inverse[b] = inverse(exponent(b, step));
      }
      measure();
      for (int b = 0; b < LANES; b++) {
        // errors are in units of the scale; compare them in units of the middle one
        float scaled = error[b] * (step > 0 ? 4 : step < 0 ? 0.25f : 1);
        if (largest[b] > 0 && scaled < best[b]) {
          best[b] = scaled;
          exponents[b] = exponent(b, step);
        }
      }
    }
    for (int e = 0; e < 32; e++) {
      for (int b = 0; b < LANES; b++) {
        codes[e * LANES + b] = (byte) nearest(x[e * LANES + b] * inverse(exponents[b]));
      }
    }
  }

  /** The biased exponent with which the largest value falls between 4 and 8, and its neighbors. */
  private int exponent(int lane, int step) {
    int exponent = Math.getExponent(largest[lane]);
    return Math.clamp(exponent - 2 + BIAS + step, 0, GREATEST);
  }

  private static float inverse(int exponent) {
    return exponent == GREATEST ? 0x1p-127f : Float.intBitsToFloat(GREATEST - exponent << 23);
  }

  /** Sums the squared distances from the nearest of the 15 values. */
  private void measure() {
    Arrays.fill(error, 0);
    for (int e = 0; e < 32; e++) {
      for (int b = 0; b < LANES; b++) {
        float value = Math.abs(x[e * LANES + b]) * inverse[b];
        float fine = Math.min(2, ((2 * value + ROUND) - ROUND) / 2);
        float middle = Math.max(2, Math.min(4, (value + ROUND) - ROUND));
        float coarse = Math.max(4, Math.min(6, ((value / 2 + ROUND) - ROUND) * 2));
        float distance =
            Math.min(
                Math.abs(value - fine),
                Math.min(Math.abs(value - middle), Math.abs(value - coarse)));
        error[b] = error[b] + distance * distance;
      }
    }
  }

  private static int nearest(float value) {
    float v = Math.abs(value);
    int code;
    if (v < 2) {
      code = Math.round(2 * v);
    } else if (v < 3.5f) {
      code = v < 2.5f ? 4 : 5;
    } else {
      code = v < 5 ? 6 : 7;
    }
    return value < 0 && code != 0 ? code | 8 : code;
  }

  @Override
  void pack(int lane, byte[] out, int at) {
    out[at] = (byte) exponents[lane];
    packNibbles(lane, out, at + 1);
  }
}

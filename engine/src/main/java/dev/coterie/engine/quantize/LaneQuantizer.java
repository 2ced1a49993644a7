// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.quantize;

import dev.coterie.spi.DataType;
import java.util.Arrays;

/**
 * Encodes {@value #LANES} blocks at a time.
 *
 * <p>The blocks are transposed first, so that lane b of every array belongs to block b and element
 * e of all blocks lies at {@code x[e * LANES + b]}. Sums over a block are then sums of lanes: plain
 * loops without a reduction, which the compiler turns into vector instructions and whose result
 * does not depend on a block's neighbors. That many lanes, because the compiler unrolls such a loop
 * to more than a hundred lanes a step.
 */
abstract class LaneQuantizer extends Quantizer {
  static final int LANES = 512;

  /** Adding and subtracting it rounds a float below 2^22 to an integer, ties to even. */
  static final float ROUND = 0x1.8p23f;

  /** Magnitudes below it are taken for 0: no half-precision scale is that small. */
  static final float LEAST = 1e-12f;

  /** The blocks, transposed. */
  final float[] x;

  /** The codes of the blocks, transposed as they are. */
  final byte[] codes;

  LaneQuantizer(DataType type) {
    super(type);
    x = new float[type.blockSize() * LANES];
    codes = new byte[type.blockSize() * LANES];
  }

  @Override
  public final void quantize(float[] values, int offset, int count, byte[] out, int outOffset) {
    requireBlocks(count);
    int size = type().blockSize();
    int blocks = count / size;
    for (int first = 0; first < blocks; first += LANES) {
      int lanes = Math.min(LANES, blocks - first);
      if (lanes < LANES) {
        Arrays.fill(x, 0);
      }
      for (int b = 0; b < lanes; b++) {
        int from = offset + (first + b) * size;
        for (int e = 0; e < size; e++) {
          x[e * LANES + b] = values[from + e];
        }
      }
      fit();
      for (int b = 0; b < lanes; b++) {
        pack(b, out, outOffset + (first + b) * type().blockBytes());
      }
    }
  }

  /** Finds scales and codes of all lanes. */
  abstract void fit();

  /** Writes the block of a lane. */
  abstract void pack(int lane, byte[] out, int at);

  final int code(int element, int lane) {
    return codes[element * LANES + lane];
  }

  /** The half of that many steps above or below the nearest to a value; 0 is not crossed. */
  static float half(float value, int steps) {
    int bits = Float.floatToFloat16(value) & 0xffff;
    int magnitude = bits & 0x7fff;
    if (steps != 0) {
      magnitude = Math.max(0, Math.min(0x7bff, magnitude + steps));
    }
    return Float.float16ToFloat((short) (bits & 0x8000 | magnitude));
  }

  /** The half nearest to a value among those of no less magnitude, so that nothing is clipped. */
  static float halfAway(float value) {
    float nearest = half(value, 0);
    return Math.abs(nearest) < Math.abs(value) ? half(value, 1) : nearest;
  }

  /** Codes of 32-blocks: low nibbles are the first half, high nibbles the second. */
  final void packNibbles(int lane, byte[] out, int at) {
    for (int i = 0; i < 16; i++) {
      out[at + i] = (byte) (code(i, lane) & 15 | (code(i + 16, lane) & 15) << 4);
    }
  }

  /** The fifth bits of 32 codes. */
  final int fifthBits(int lane) {
    int bits = 0;
    for (int i = 0; i < 32; i++) {
      bits |= (code(i, lane) >> 4 & 1) << i;
    }
    return bits;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A matrix times one row of activations: decode. Each vector lane is an output. Codes are turned to
 * floats and multiplied with the broadcast input; scales come once a sub-block. Where codes are
 * unsigned the sum of the sub-block's inputs, which the caller has computed, takes the offset off
 * again.
 */
final class Products {
  private static final int LANES = Lanes.COUNT;

  private Products() {}

  /**
   * Adds the products of a range of row groups.
   *
   * @param sums the sums of each 16 inputs
   */
  static void multiply(
      PackedMatrix w,
      float[] x,
      int xOffset,
      float[] sums,
      float[] y,
      int yOffset,
      int fromGroup,
      int toGroup) {
    long groupBytes = w.groupBytes();
    for (int group = fromGroup; group < toGroup; group++) {
      long at = group * groupBytes;
      for (int lane = 0; lane < Layout.GROUP_ROWS; lane += LANES) {
        int out = yOffset + group * Layout.GROUP_ROWS + lane;
        multiply(w.layout(), w.data(), at, lane, w.columns(), x, xOffset, sums, y, out);
      }
    }
  }

  private static void multiply(
      Layout layout,
      MemorySegment w,
      long at,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] sums,
      float[] y,
      int yo) {
    switch (layout) {
      case NIBBLE -> nibble(w, at, lane, columns, x, xo, sums, y, yo);
      case NIBBLE_MIN -> nibbleMin(w, at, lane, columns, x, xo, sums, y, yo);
      case NIBBLE_K -> nibbleK(w, at, lane, columns, x, xo, sums, y, yo);
      case FIVE -> five(w, at, lane, columns, x, xo, sums, y, yo);
      case FIVE_MIN -> fiveMin(w, at, lane, columns, x, xo, sums, y, yo);
      case FIVE_K -> fiveK(w, at, lane, columns, x, xo, sums, y, yo);
      case SIX_K -> sixK(w, at, lane, columns, x, xo, sums, y, yo);
      case BYTE -> bytes(w, at, lane, columns, x, xo, y, yo);
      case BYTE_SCALED -> byteScaled(w, at, lane, columns, x, xo, sums, y, yo);
      case EIGHT_FLOAT -> eightFloat(w, at, lane, columns, x, xo, y, yo);
      case FOUR_FLOAT -> fourFloat(w, at, lane, columns, x, xo, y, yo);
      case HALF -> half(w, at, lane, columns, x, xo, y, yo);
      case BFLOAT -> bfloat(w, at, lane, columns, x, xo, y, yo);
      case FLOAT -> floats(w, at, lane, columns, x, xo, y, yo);
    }
  }

  private static void nibble(
      MemorySegment w,
      long at,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] sums,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    long o = at;
    for (int k = 0; k < columns; k += 32, o += 288) {
      FloatVector d = Lanes.halves(w, o + 2 * lane);
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 4; j++) {
        IntVector codes = Lanes.ints(w, o + 32 + 4 * lane + 64 * j);
        even = nibbles(codes, 0, x, xo + k + 8 * j, even);
        odd = nibbles(codes, 4, x, xo + k + 8 * j + 4, odd);
      }
      FloatVector dot = even.add(odd);
      acc = d.fma(dot.sub(8 * sum32(sums, k)), acc);
    }
    acc.intoArray(y, yo);
  }

  private static void nibbleMin(
      MemorySegment w,
      long at,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] sums,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    long o = at;
    for (int k = 0; k < columns; k += 32, o += 320) {
      FloatVector d = Lanes.halves(w, o + 2 * lane);
      FloatVector m = Lanes.halves(w, o + 32 + 2 * lane);
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 4; j++) {
        IntVector codes = Lanes.ints(w, o + 64 + 4 * lane + 64 * j);
        even = nibbles(codes, 0, x, xo + k + 8 * j, even);
        odd = nibbles(codes, 4, x, xo + k + 8 * j + 4, odd);
      }
      FloatVector dot = even.add(odd);
      acc = d.fma(dot, acc);
      acc = m.fma(broadcast(sum32(sums, k)), acc);
    }
    acc.intoArray(y, yo);
  }

  private static void nibbleK(
      MemorySegment w,
      long at,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] sums,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    long o = at;
    for (int k = 0; k < columns; k += 256, o += 2368) {
      FloatVector d = Lanes.halves(w, o + 2 * lane);
      FloatVector dmin = Lanes.halves(w, o + 32 + 2 * lane);
      FloatVector blocks = FloatVector.zero(Lanes.FLOAT);
      FloatVector mins = FloatVector.zero(Lanes.FLOAT);
      for (int g = 0; g < 8; g++) {
        long sub = o + 64 + 288 * g;
        FloatVector even = FloatVector.zero(Lanes.FLOAT);
        FloatVector odd = FloatVector.zero(Lanes.FLOAT);
        for (int j = 0; j < 4; j++) {
          IntVector codes = Lanes.ints(w, sub + 32 + 4 * lane + 64 * j);
          even = nibbles(codes, 0, x, xo + k + 32 * g + 8 * j, even);
          odd = nibbles(codes, 4, x, xo + k + 32 * g + 8 * j + 4, odd);
        }
        FloatVector dot = even.add(odd);
        blocks = Lanes.bytes(w, sub + lane).fma(dot, blocks);
        mins = Lanes.bytes(w, sub + 16 + lane).fma(broadcast(sum32(sums, k + 32 * g)), mins);
      }
      acc = d.fma(blocks, acc);
      acc = acc.sub(dmin.mul(mins));
    }
    acc.intoArray(y, yo);
  }

  private static void five(
      MemorySegment w,
      long at,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] sums,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    long o = at;
    for (int k = 0; k < columns; k += 32, o += 352) {
      FloatVector d = Lanes.halves(w, o + 2 * lane);
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      IntVector fifths = Lanes.ints(w, o + 32 + 4 * lane + 256);
      for (int j = 0; j < 4; j++) {
        IntVector codes = Lanes.ints(w, o + 32 + 4 * lane + 64 * j);
        even = fives(codes, 0, fifths, 8 * j, x, xo + k + 8 * j, even);
        odd = fives(codes, 4, fifths, 8 * j + 4, x, xo + k + 8 * j + 4, odd);
      }
      FloatVector dot = even.add(odd);
      acc = d.fma(dot.sub(16 * sum32(sums, k)), acc);
    }
    acc.intoArray(y, yo);
  }

  private static void fiveMin(
      MemorySegment w,
      long at,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] sums,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    long o = at;
    for (int k = 0; k < columns; k += 32, o += 384) {
      FloatVector d = Lanes.halves(w, o + 2 * lane);
      FloatVector m = Lanes.halves(w, o + 32 + 2 * lane);
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      IntVector fifths = Lanes.ints(w, o + 64 + 4 * lane + 256);
      for (int j = 0; j < 4; j++) {
        IntVector codes = Lanes.ints(w, o + 64 + 4 * lane + 64 * j);
        even = fives(codes, 0, fifths, 8 * j, x, xo + k + 8 * j, even);
        odd = fives(codes, 4, fifths, 8 * j + 4, x, xo + k + 8 * j + 4, odd);
      }
      FloatVector dot = even.add(odd);
      acc = d.fma(dot, acc);
      acc = m.fma(broadcast(sum32(sums, k)), acc);
    }
    acc.intoArray(y, yo);
  }

  private static void fiveK(
      MemorySegment w,
      long at,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] sums,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    long o = at;
    for (int k = 0; k < columns; k += 256, o += 2880) {
      FloatVector d = Lanes.halves(w, o + 2 * lane);
      FloatVector dmin = Lanes.halves(w, o + 32 + 2 * lane);
      FloatVector blocks = FloatVector.zero(Lanes.FLOAT);
      FloatVector mins = FloatVector.zero(Lanes.FLOAT);
      for (int g = 0; g < 8; g++) {
        long sub = o + 64 + 352 * g;
        FloatVector even = FloatVector.zero(Lanes.FLOAT);
        FloatVector odd = FloatVector.zero(Lanes.FLOAT);
        IntVector fifths = Lanes.ints(w, sub + 32 + 4 * lane + 256);
        for (int j = 0; j < 4; j++) {
          IntVector codes = Lanes.ints(w, sub + 32 + 4 * lane + 64 * j);
          even = fives(codes, 0, fifths, 8 * j, x, xo + k + 32 * g + 8 * j, even);
          odd = fives(codes, 4, fifths, 8 * j + 4, x, xo + k + 32 * g + 8 * j + 4, odd);
        }
        FloatVector dot = even.add(odd);
        blocks = Lanes.bytes(w, sub + lane).fma(dot, blocks);
        mins = Lanes.bytes(w, sub + 16 + lane).fma(broadcast(sum32(sums, k + 32 * g)), mins);
      }
      acc = d.fma(blocks, acc);
      acc = acc.sub(dmin.mul(mins));
    }
    acc.intoArray(y, yo);
  }

  private static void sixK(
      MemorySegment w,
      long at,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] sums,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    long o = at;
    for (int k = 0; k < columns; k += 256, o += 3360) {
      FloatVector d = Lanes.halves(w, o + 2 * lane);
      FloatVector blocks = FloatVector.zero(Lanes.FLOAT);
      for (int g = 0; g < 16; g++) {
        long sub = o + 32 + 416 * (g >> 1);
        long codes = sub + 32 + 4 * lane;
        int half = g & 1;
        FloatVector even = FloatVector.zero(Lanes.FLOAT);
        FloatVector odd = FloatVector.zero(Lanes.FLOAT);
        IntVector highs = Lanes.ints(w, codes + 256 + 64 * half);
        for (int j = 0; j < 2; j++) {
          IntVector lows = Lanes.ints(w, codes + 128 * half + 64 * j);
          int i = xo + k + 16 * g + 8 * j;
          even = sixes(lows, 0, highs, 16 * j, x, i, even);
          odd = sixes(lows, 4, highs, 16 * j + 8, x, i + 4, odd);
        }
        FloatVector dot = even.add(odd);
        FloatVector s = Lanes.bytes(w, sub + 16 * (g & 1) + lane);
        blocks = s.fma(dot.sub(32 * sums[(k >> 4) + g]), blocks);
      }
      acc = d.fma(blocks, acc);
    }
    acc.intoArray(y, yo);
  }

  private static void bytes(
      MemorySegment w, long at, int lane, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    long o = at;
    for (int k = 0; k < columns; k += 32, o += 544) {
      FloatVector d = Lanes.halves(w, o + 2 * lane);
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 8; j++) {
        IntVector codes = Lanes.ints(w, o + 32 + 64 * j + 4 * lane);
        int i = xo + k + 4 * j;
        even = signedByte(codes, 24).fma(broadcast(x[i]), even);
        odd = signedByte(codes, 16).fma(broadcast(x[i + 1]), odd);
        even = signedByte(codes, 8).fma(broadcast(x[i + 2]), even);
        odd = signedByte(codes, 0).fma(broadcast(x[i + 3]), odd);
      }
      FloatVector dot = even.add(odd);
      acc = d.fma(dot, acc);
    }
    acc.intoArray(y, yo);
  }

  private static void byteScaled(
      MemorySegment w,
      long at,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] sums,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int k = 0; k < columns; k += 16) {
      long tile = at + (long) (k >> 5) * 768;
      int half = k >> 4 & 1;
      FloatVector s = Lanes.floats(w, tile + 128 * half + 4 * lane);
      FloatVector m = Lanes.floats(w, tile + 128 * half + 64 + 4 * lane);
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 4; j++) {
        IntVector codes = Lanes.ints(w, tile + 256 + 256 * half + 64 * j + 4 * lane);
        int i = xo + k + 4 * j;
        even = signedByte(codes, 24).fma(broadcast(x[i]), even);
        odd = signedByte(codes, 16).fma(broadcast(x[i + 1]), odd);
        even = signedByte(codes, 8).fma(broadcast(x[i + 2]), even);
        odd = signedByte(codes, 0).fma(broadcast(x[i + 3]), odd);
      }
      FloatVector dot = even.add(odd);
      acc = s.fma(dot, acc);
      acc = m.fma(broadcast(sums[k >> 4]), acc);
    }
    acc.intoArray(y, yo);
  }

  private static void eightFloat(
      MemorySegment w, long at, int lane, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    long o = at;
    for (int k = 0; k < columns; k += 32, o += 576) {
      FloatVector dot = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 8; j++) {
        IntVector codes = Lanes.ints(w, o + 64 + 64 * j + 4 * lane);
        for (int b = 0; b < 4; b++) {
          FloatVector value = Lanes.eightBitFloats(codes, 24 - 8 * b);
          dot = value.fma(broadcast(x[xo + k + 4 * j + b]), dot);
        }
      }
      acc = Lanes.floats(w, o + 4 * lane).fma(dot, acc);
    }
    acc.intoArray(y, yo);
  }

  private static void fourFloat(
      MemorySegment w, long at, int lane, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    long o = at;
    for (int k = 0; k < columns; k += 32, o += 272) {
      FloatVector dot = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 4; j++) {
        IntVector codes = Lanes.ints(w, o + 16 + 64 * j + 4 * lane);
        for (int n = 0; n < 8; n++) {
          FloatVector value = Lanes.fourBitFloats(codes, 28 - 4 * n);
          dot = value.fma(broadcast(x[xo + k + 8 * j + 4 * (n & 1) + (n >> 1)]), dot);
        }
      }
      acc = Lanes.powers(w, o + lane).fma(dot, acc);
    }
    acc.intoArray(y, yo);
  }

  private static void half(
      MemorySegment w, long at, int lane, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int k = 0; k < columns; k++) {
      acc = Lanes.halves(w, at + 32L * k + 2 * lane).fma(broadcast(x[xo + k]), acc);
    }
    acc.intoArray(y, yo);
  }

  private static void bfloat(
      MemorySegment w, long at, int lane, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int k = 0; k < columns; k++) {
      acc = Lanes.upperHalves(w, at + 32L * k + 2 * lane).fma(broadcast(x[xo + k]), acc);
    }
    acc.intoArray(y, yo);
  }

  private static void floats(
      MemorySegment w, long at, int lane, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int k = 0; k < columns; k++) {
      acc = Lanes.floats(w, at + 64L * k + 4 * lane).fma(broadcast(x[xo + k]), acc);
    }
    acc.intoArray(y, yo);
  }

  private static FloatVector broadcast(float x) {
    return FloatVector.broadcast(Lanes.FLOAT, x);
  }

  private static float sum32(float[] sums, int k) {
    return sums[k >> 4] + sums[(k >> 4) + 1];
  }

  /** Four unsigned nibbles, 8 bits apart from {@code shift} on, times four inputs. */
  private static FloatVector nibbles(
      IntVector codes, int shift, float[] x, int xo, FloatVector sum) {
    for (int b = 0; b < 4; b++) {
      IntVector code = codes.lanewise(VectorOperators.LSHR, 8 * b + shift).and(15);
      sum = Lanes.toFloat(code).fma(broadcast(x[xo + b]), sum);
    }
    return sum;
  }

  /** As {@link #nibbles}, with fifth bits from {@code bit} on. */
  private static FloatVector fives(
      IntVector codes, int shift, IntVector fifths, int bit, float[] x, int xo, FloatVector sum) {
    for (int b = 0; b < 4; b++) {
      IntVector high =
          fifths.lanewise(VectorOperators.LSHR, bit + b).and(1).lanewise(VectorOperators.LSHL, 4);
      IntVector code = codes.lanewise(VectorOperators.LSHR, 8 * b + shift).and(15).or(high);
      sum = Lanes.toFloat(code).fma(broadcast(x[xo + b]), sum);
    }
    return sum;
  }

  /** As {@link #nibbles}, with fifth and sixth bits from {@code bit} on. */
  private static FloatVector sixes(
      IntVector codes, int shift, IntVector highs, int bit, float[] x, int xo, FloatVector sum) {
    for (int b = 0; b < 4; b++) {
      IntVector high =
          highs
              .lanewise(VectorOperators.LSHR, bit + 2 * b)
              .and(3)
              .lanewise(VectorOperators.LSHL, 4);
      IntVector code = codes.lanewise(VectorOperators.LSHR, 8 * b + shift).and(15).or(high);
      sum = Lanes.toFloat(code).fma(broadcast(x[xo + b]), sum);
    }
    return sum;
  }

  private static FloatVector signedByte(IntVector codes, int left) {
    return Lanes.toFloat(
        codes.lanewise(VectorOperators.LSHL, left).lanewise(VectorOperators.ASHR, 24));
  }
}

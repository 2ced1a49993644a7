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
      FloatVector dot = nibbles(w, o + 32 + 4 * lane, x, xo + k);
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
      FloatVector dot = nibbles(w, o + 64 + 4 * lane, x, xo + k);
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
        FloatVector dot = nibbles(w, sub + 32 + 4 * lane, x, xo + k + 32 * g);
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
      FloatVector dot = fives(w, o + 32 + 4 * lane, x, xo + k);
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
      FloatVector dot = fives(w, o + 64 + 4 * lane, x, xo + k);
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
        FloatVector dot = fives(w, sub + 32 + 4 * lane, x, xo + k + 32 * g);
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
        FloatVector dot = sixes(w, codes, g & 1, x, xo + k + 16 * g);
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
      FloatVector dot = signedBytes(w, o + 32 + 4 * lane, 8, x, xo + k);
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
      FloatVector dot = signedBytes(w, tile + 256 + 256 * half + 4 * lane, 4, x, xo + k);
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

  /** The unsigned nibbles of 32 inputs times the inputs. */
  private static FloatVector nibbles(MemorySegment w, long o, float[] x, int xo) {
    FloatVector even = FloatVector.zero(Lanes.FLOAT);
    FloatVector odd = FloatVector.zero(Lanes.FLOAT);
    for (int j = 0; j < 4; j++) {
      IntVector codes = Lanes.ints(w, o + 64 * j);
      for (int b = 0; b < 4; b++) {
        int k = xo + 8 * j + b;
        even = nibble(codes, 8 * b).fma(broadcast(x[k]), even);
        odd = nibble(codes, 8 * b + 4).fma(broadcast(x[k + 4]), odd);
      }
    }
    return even.add(odd);
  }

  private static FloatVector nibble(IntVector codes, int shift) {
    return Lanes.toFloat(codes.lanewise(VectorOperators.LSHR, shift).and(15));
  }

  /** Nibbles with a fifth bit. */
  private static FloatVector fives(MemorySegment w, long o, float[] x, int xo) {
    FloatVector even = FloatVector.zero(Lanes.FLOAT);
    FloatVector odd = FloatVector.zero(Lanes.FLOAT);
    IntVector fifths = Lanes.ints(w, o + 256);
    for (int j = 0; j < 4; j++) {
      IntVector codes = Lanes.ints(w, o + 64 * j);
      for (int b = 0; b < 4; b++) {
        int i = 8 * j + b;
        even = five(codes, 8 * b, fifths, i).fma(broadcast(x[xo + i]), even);
        odd = five(codes, 8 * b + 4, fifths, i + 4).fma(broadcast(x[xo + i + 4]), odd);
      }
    }
    return even.add(odd);
  }

  private static FloatVector five(IntVector codes, int shift, IntVector fifths, int bit) {
    IntVector high =
        fifths.lanewise(VectorOperators.LSHR, bit).and(1).lanewise(VectorOperators.LSHL, 4);
    return Lanes.toFloat(codes.lanewise(VectorOperators.LSHR, shift).and(15).or(high));
  }

  /** Half of 32 inputs: nibbles with fifth and sixth bits. */
  private static FloatVector sixes(MemorySegment w, long o, int half, float[] x, int xo) {
    FloatVector even = FloatVector.zero(Lanes.FLOAT);
    FloatVector odd = FloatVector.zero(Lanes.FLOAT);
    IntVector highs = Lanes.ints(w, o + 256 + 64 * half);
    for (int j = 0; j < 2; j++) {
      IntVector codes = Lanes.ints(w, o + 128 * half + 64 * j);
      for (int b = 0; b < 4; b++) {
        int i = 8 * j + b;
        even = six(codes, 8 * b, highs, 2 * i).fma(broadcast(x[xo + i]), even);
        odd = six(codes, 8 * b + 4, highs, 2 * i + 8).fma(broadcast(x[xo + i + 4]), odd);
      }
    }
    return even.add(odd);
  }

  private static FloatVector six(IntVector codes, int shift, IntVector highs, int bit) {
    IntVector high =
        highs.lanewise(VectorOperators.LSHR, bit).and(3).lanewise(VectorOperators.LSHL, 4);
    return Lanes.toFloat(codes.lanewise(VectorOperators.LSHR, shift).and(15).or(high));
  }

  /** Signed bytes of {@code 4 · planes} inputs. */
  private static FloatVector signedBytes(MemorySegment w, long o, int planes, float[] x, int xo) {
    FloatVector even = FloatVector.zero(Lanes.FLOAT);
    FloatVector odd = FloatVector.zero(Lanes.FLOAT);
    for (int j = 0; j < planes; j++) {
      IntVector codes = Lanes.ints(w, o + 64 * j);
      int k = xo + 4 * j;
      even = signedByte(codes, 24).fma(broadcast(x[k]), even);
      odd = signedByte(codes, 16).fma(broadcast(x[k + 1]), odd);
      even = signedByte(codes, 8).fma(broadcast(x[k + 2]), even);
      odd = signedByte(codes, 0).fma(broadcast(x[k + 3]), odd);
    }
    return even.add(odd);
  }

  private static FloatVector signedByte(IntVector codes, int left) {
    return Lanes.toFloat(
        codes.lanewise(VectorOperators.LSHL, left).lanewise(VectorOperators.ASHR, 24));
  }
}

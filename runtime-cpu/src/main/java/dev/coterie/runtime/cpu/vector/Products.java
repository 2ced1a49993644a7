// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A matrix times one row of activations: decode. Each vector lane is an output. Codes are turned to
 * floats and multiplied with the broadcast input; scales come once a sub-block, minima with the sum
 * of the sub-block's inputs.
 */
final class Products {
  private static final int LANES = Lanes.COUNT;
  private static final int ROWS = Layout.GROUP_ROWS;

  private Products() {}

  /** Adds the products of a range of row groups. */
  static void multiply(
      PackedMatrix w,
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int fromGroup,
      int toGroup,
      VectorScratch scratch) {
    Layout layout = w.layout();
    if (Scales.hasMinima(layout)) {
      sums(x, xOffset, w.columns(), Scales.span(layout), scratch);
    }
    for (int group = fromGroup; group < toGroup; group++) {
      Scales.decode(w, group, 0, w.columns(), scratch);
      long at = group * w.groupBytes();
      for (int lane = 0; lane < ROWS; lane += LANES) {
        int out = yOffset + group * ROWS + lane;
        multiply(layout, w.data(), at + 4 * lane, lane, w.columns(), x, xOffset, y, out, scratch);
        if (Scales.hasMinima(layout)) {
          minima(w.columns() / Scales.span(layout), lane, y, out, scratch);
        }
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
      float[] y,
      int yo,
      VectorScratch scratch) {
    float[] scales = scratch.scales;
    switch (layout) {
      case NIBBLE -> nibbles(w, at + 32, 288, 2304, lane, columns, x, xo, scales, y, yo);
      case NIBBLE_MIN -> nibbles(w, at + 64, 320, 2560, lane, columns, x, xo, scales, y, yo);
      case NIBBLE_K -> nibbles(w, at + 96, 288, 2368, lane, columns, x, xo, scales, y, yo);
      case FIVE -> fives(w, at + 32, 352, 2816, lane, columns, x, xo, scales, y, yo);
      case FIVE_MIN -> fives(w, at + 64, 384, 3072, lane, columns, x, xo, scales, y, yo);
      case FIVE_K -> fives(w, at + 96, 352, 2880, lane, columns, x, xo, scales, y, yo);
      case SIX_K -> sixes(w, at + 64, lane, columns, x, xo, scales, y, yo);
      case BYTE -> bytes(w, at + 32, 544, lane, columns, x, xo, scales, y, yo);
      case BYTE_SCALED -> scaledBytes(w, at + 256, lane, columns, x, xo, scales, y, yo);
      case EIGHT_FLOAT -> eightBitFloats(w, at + 64, lane, columns, x, xo, scales, y, yo);
      case FOUR_FLOAT -> fourBitFloats(w, at + 16, lane, columns, x, xo, scales, y, yo);
      case HALF -> halves(w, at - 2 * lane, columns, x, xo, y, yo);
      case BFLOAT -> upperHalves(w, at - 2 * lane, columns, x, xo, y, yo);
      case FLOAT -> floats(w, at, columns, x, xo, y, yo);
    }
  }

  /**
   * The sums of the inputs that share a scale, in an order that does not depend on the compiler.
   */
  private static void sums(float[] x, int xo, int columns, int span, VectorScratch scratch) {
    int n = columns / span;
    if (scratch.inputSums.length < n) {
      scratch.inputSums = new float[n];
    }
    for (int b = 0; b < n; b++) {
      float s0 = 0;
      float s1 = 0;
      float s2 = 0;
      float s3 = 0;
      int from = xo + b * span;
      for (int i = from; i < from + span; i += 4) {
        s0 += x[i];
        s1 += x[i + 1];
        s2 += x[i + 2];
        s3 += x[i + 3];
      }
      scratch.inputSums[b] = s0 + s1 + (s2 + s3);
    }
  }

  /** Adds the minima times the sums of inputs. */
  private static void minima(int n, int lane, float[] y, int yo, VectorScratch scratch) {
    float[] minima = scratch.minima;
    float[] sums = scratch.inputSums;
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int b = 0; b < n; b++) {
      acc =
          FloatVector.fromArray(Lanes.FLOAT, minima, b * ROWS + lane)
              .fma(FloatVector.broadcast(Lanes.FLOAT, sums[b]), acc);
    }
    acc.intoArray(y, yo);
  }

  /** Nibbles. */
  private static void nibbles(
      MemorySegment w,
      long at,
      int stride,
      int superStride,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] scales,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int b = 0; b * 32 < columns; b++) {
      long o = at + (b >> 3) * (long) superStride + (b & 7) * (long) stride;
      int k = xo + 32 * b;
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 4; j++) {
        IntVector codes = IntVector.fromMemorySegment(Lanes.INT, w, o + 64 * j, Lanes.ORDER);
        for (int i = 0; i < 4; i++) {
          even =
              ((FloatVector)
                      codes
                          .lanewise(VectorOperators.LSHR, 8 * i)
                          .and(15)
                          .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + i]), even);
          odd =
              ((FloatVector)
                      codes
                          .lanewise(VectorOperators.LSHR, 8 * i + 4)
                          .and(15)
                          .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + 4 + i]), odd);
        }
      }
      acc = FloatVector.fromArray(Lanes.FLOAT, scales, b * ROWS + lane).fma(even.add(odd), acc);
    }
    acc.intoArray(y, yo);
  }

  /** Nibbles with a fifth bit. */
  private static void fives(
      MemorySegment w,
      long at,
      int stride,
      int superStride,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] scales,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int b = 0; b * 32 < columns; b++) {
      long o = at + (b >> 3) * (long) superStride + (b & 7) * (long) stride;
      int k = xo + 32 * b;
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      IntVector fifths = IntVector.fromMemorySegment(Lanes.INT, w, o + 256, Lanes.ORDER);
      for (int j = 0; j < 4; j++) {
        IntVector codes = IntVector.fromMemorySegment(Lanes.INT, w, o + 64 * j, Lanes.ORDER);
        IntVector highs = fifths.lanewise(VectorOperators.LSHR, 8 * j);
        for (int i = 0; i < 4; i++) {
          even =
              ((FloatVector)
                      codes
                          .lanewise(VectorOperators.LSHR, 8 * i)
                          .and(15)
                          .or(
                              highs
                                  .lanewise(VectorOperators.LSHR, i)
                                  .and(1)
                                  .lanewise(VectorOperators.LSHL, 4))
                          .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + i]), even);
          odd =
              ((FloatVector)
                      codes
                          .lanewise(VectorOperators.LSHR, 8 * i + 4)
                          .and(15)
                          .or(
                              highs
                                  .lanewise(VectorOperators.LSHR, i + 4)
                                  .and(1)
                                  .lanewise(VectorOperators.LSHL, 4))
                          .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + 4 + i]), odd);
        }
      }
      acc = FloatVector.fromArray(Lanes.FLOAT, scales, b * ROWS + lane).fma(even.add(odd), acc);
    }
    acc.intoArray(y, yo);
  }

  /** Nibbles with a fifth and a sixth bit, 16 at a time. */
  private static void sixes(
      MemorySegment w,
      long at,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] scales,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int b = 0; b * 16 < columns; b++) {
      long o = at + (b >> 4) * 3360L + (b >> 1 & 7) * 416L;
      int half = b & 1;
      int k = xo + 16 * b;
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      IntVector highs = IntVector.fromMemorySegment(Lanes.INT, w, o + 256 + 64 * half, Lanes.ORDER);
      for (int j = 0; j < 2; j++) {
        IntVector codes =
            IntVector.fromMemorySegment(Lanes.INT, w, o + 128 * half + 64 * j, Lanes.ORDER);
        IntVector upper = highs.lanewise(VectorOperators.LSHR, 16 * j);
        for (int i = 0; i < 4; i++) {
          even =
              ((FloatVector)
                      codes
                          .lanewise(VectorOperators.LSHR, 8 * i)
                          .and(15)
                          .or(
                              upper
                                  .lanewise(VectorOperators.LSHR, 2 * i)
                                  .and(3)
                                  .lanewise(VectorOperators.LSHL, 4))
                          .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + i]), even);
          odd =
              ((FloatVector)
                      codes
                          .lanewise(VectorOperators.LSHR, 8 * i + 4)
                          .and(15)
                          .or(
                              upper
                                  .lanewise(VectorOperators.LSHR, 2 * i + 8)
                                  .and(3)
                                  .lanewise(VectorOperators.LSHL, 4))
                          .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + 4 + i]), odd);
        }
      }
      acc = FloatVector.fromArray(Lanes.FLOAT, scales, b * ROWS + lane).fma(even.add(odd), acc);
    }
    acc.intoArray(y, yo);
  }

  /** Signed bytes. */
  private static void bytes(
      MemorySegment w,
      long at,
      int stride,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] scales,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int b = 0; b * 32 < columns; b++) {
      long o = at + (long) b * stride;
      int k = xo + 32 * b;
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 8; j++) {
        IntVector codes = IntVector.fromMemorySegment(Lanes.INT, w, o + 64 * j, Lanes.ORDER);
        even =
            ((FloatVector)
                    codes
                        .lanewise(VectorOperators.LSHL, 24)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j]), even);
        odd =
            ((FloatVector)
                    codes
                        .lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j + 1]), odd);
        even =
            ((FloatVector)
                    codes
                        .lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j + 2]), even);
        odd =
            ((FloatVector)
                    codes
                        .lanewise(VectorOperators.LSHL, 0)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j + 3]), odd);
      }
      acc = FloatVector.fromArray(Lanes.FLOAT, scales, b * ROWS + lane).fma(even.add(odd), acc);
    }
    acc.intoArray(y, yo);
  }

  /** Signed bytes, 16 at a time. */
  private static void scaledBytes(
      MemorySegment w,
      long at,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] scales,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int b = 0; b * 16 < columns; b++) {
      long o = at + (b >> 1) * 768L + 256 * (b & 1);
      int k = xo + 16 * b;
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 4; j++) {
        IntVector codes = IntVector.fromMemorySegment(Lanes.INT, w, o + 64 * j, Lanes.ORDER);
        even =
            ((FloatVector)
                    codes
                        .lanewise(VectorOperators.LSHL, 24)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j]), even);
        odd =
            ((FloatVector)
                    codes
                        .lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j + 1]), odd);
        even =
            ((FloatVector)
                    codes
                        .lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j + 2]), even);
        odd =
            ((FloatVector)
                    codes
                        .lanewise(VectorOperators.LSHL, 0)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j + 3]), odd);
      }
      acc = FloatVector.fromArray(Lanes.FLOAT, scales, b * ROWS + lane).fma(even.add(odd), acc);
    }
    acc.intoArray(y, yo);
  }

  /** 8-bit floats (E4M3). */
  private static void eightBitFloats(
      MemorySegment w,
      long at,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] scales,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int b = 0; b * 32 < columns; b++) {
      long o = at + b * 576L;
      int k = xo + 32 * b;
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 8; j++) {
        IntVector codes = IntVector.fromMemorySegment(Lanes.INT, w, o + 64 * j, Lanes.ORDER);
        for (int i = 0; i < 2; i++) {
          IntVector first = codes.lanewise(VectorOperators.LSHL, 24 - 8 * i);
          IntVector second = codes.lanewise(VectorOperators.LSHL, 8 - 8 * i);
          even =
              first
                  .and(0x80000000)
                  .or(first.lanewise(VectorOperators.LSHR, 4).and(0x07f00000))
                  .reinterpretAsFloats()
                  .mul(0x1p120f)
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j + i]), even);
          odd =
              second
                  .and(0x80000000)
                  .or(second.lanewise(VectorOperators.LSHR, 4).and(0x07f00000))
                  .reinterpretAsFloats()
                  .mul(0x1p120f)
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j + 2 + i]), odd);
        }
      }
      acc = FloatVector.fromArray(Lanes.FLOAT, scales, b * ROWS + lane).fma(even.add(odd), acc);
    }
    acc.intoArray(y, yo);
  }

  /** 4-bit floats (E2M1). */
  private static void fourBitFloats(
      MemorySegment w,
      long at,
      int lane,
      int columns,
      float[] x,
      int xo,
      float[] scales,
      float[] y,
      int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int b = 0; b * 32 < columns; b++) {
      long o = at + b * 272L;
      int k = xo + 32 * b;
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 4; j++) {
        IntVector codes = IntVector.fromMemorySegment(Lanes.INT, w, o + 64 * j, Lanes.ORDER);
        for (int i = 0; i < 4; i++) {
          IntVector first = codes.lanewise(VectorOperators.LSHL, 28 - 8 * i);
          IntVector second = codes.lanewise(VectorOperators.LSHL, 24 - 8 * i);
          even =
              first
                  .and(0x80000000)
                  .or(first.lanewise(VectorOperators.LSHR, 6).and(0x01c00000))
                  .reinterpretAsFloats()
                  .mul(0x1p126f)
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + i]), even);
          odd =
              second
                  .and(0x80000000)
                  .or(second.lanewise(VectorOperators.LSHR, 6).and(0x01c00000))
                  .reinterpretAsFloats()
                  .mul(0x1p126f)
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + 4 + i]), odd);
        }
      }
      acc = FloatVector.fromArray(Lanes.FLOAT, scales, b * ROWS + lane).fma(even.add(odd), acc);
    }
    acc.intoArray(y, yo);
  }

  /** Half-precision values. */
  private static void halves(
      MemorySegment w, long at, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int k = 0; k < columns; k++) {
      IntVector bits =
          (IntVector)
              ShortVector.fromMemorySegment(Lanes.SHORT, w, at + 32L * k, Lanes.ORDER)
                  .convertShape(VectorOperators.S2I, Lanes.INT, 0);
      FloatVector value =
          bits.and(0x7fff)
              .lanewise(VectorOperators.LSHL, 13)
              .or(bits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
              .reinterpretAsFloats()
              .mul(0x1p112f);
      acc = value.fma(FloatVector.broadcast(Lanes.FLOAT, x[xo + k]), acc);
    }
    acc.intoArray(y, yo);
  }

  /** Upper halves of floats. */
  private static void upperHalves(
      MemorySegment w, long at, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int k = 0; k < columns; k++) {
      IntVector bits =
          (IntVector)
              ShortVector.fromMemorySegment(Lanes.SHORT, w, at + 32L * k, Lanes.ORDER)
                  .convertShape(VectorOperators.S2I, Lanes.INT, 0);
      FloatVector value = bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
      acc = value.fma(FloatVector.broadcast(Lanes.FLOAT, x[xo + k]), acc);
    }
    acc.intoArray(y, yo);
  }

  /** Floats. */
  private static void floats(
      MemorySegment w, long at, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int k = 0; k < columns; k++) {
      FloatVector value = FloatVector.fromMemorySegment(Lanes.FLOAT, w, at + 64L * k, Lanes.ORDER);
      acc = value.fma(FloatVector.broadcast(Lanes.FLOAT, x[xo + k]), acc);
    }
    acc.intoArray(y, yo);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import dev.coterie.runtime.cpu.Layout;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One row of activations times a row group in tiles of 32 inputs, each with its own scales. Scales
 * are read with their codes, so that memory is read once and in order. What codes are counted from,
 * and minima, are multiplied with the sum of the inputs that share them.
 */
final class BlockProducts {
  private BlockProducts() {}

  /** {@link Layout#NIBBLE}. */
  static void nibbles(
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
    for (int b = 0; b * 32 < columns; b++) {
      long tile = at + b * 288L;
      long codes = tile + 32 + 4 * lane;
      int k = xo + 32 * b;
      FloatVector even = FloatVector.broadcast(Lanes.FLOAT, -8 * sums[b]);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 4; j++) {
        IntVector plane = IntVector.fromMemorySegment(Lanes.INT, w, codes + 64 * j, Lanes.ORDER);
        for (int i = 0; i < 4; i++) {
          even =
              ((FloatVector)
                      plane
                          .lanewise(VectorOperators.LSHR, 8 * i)
                          .and(15)
                          .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + i]), even);
          odd =
              ((FloatVector)
                      plane
                          .lanewise(VectorOperators.LSHR, 8 * i + 4)
                          .and(15)
                          .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + 4 + i]), odd);
        }
      }
      IntVector dBits =
          (IntVector)
              ShortVector.fromMemorySegment(Lanes.SHORT, w, tile + 2 * lane, Lanes.ORDER)
                  .convertShape(VectorOperators.S2I, Lanes.INT, 0);
      FloatVector d =
          dBits
              .and(0x7fff)
              .lanewise(VectorOperators.LSHL, 13)
              .or(dBits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
              .reinterpretAsFloats()
              .mul(0x1p112f);
      acc = d.fma(even.add(odd), acc);
    }
    acc.intoArray(y, yo);
  }

  /** {@link Layout#NIBBLE_MIN}. */
  static void nibblesWithMinimum(
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
    for (int b = 0; b * 32 < columns; b++) {
      long tile = at + b * 320L;
      long codes = tile + 64 + 4 * lane;
      int k = xo + 32 * b;
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 4; j++) {
        IntVector plane = IntVector.fromMemorySegment(Lanes.INT, w, codes + 64 * j, Lanes.ORDER);
        for (int i = 0; i < 4; i++) {
          even =
              ((FloatVector)
                      plane
                          .lanewise(VectorOperators.LSHR, 8 * i)
                          .and(15)
                          .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + i]), even);
          odd =
              ((FloatVector)
                      plane
                          .lanewise(VectorOperators.LSHR, 8 * i + 4)
                          .and(15)
                          .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + 4 + i]), odd);
        }
      }
      IntVector dBits =
          (IntVector)
              ShortVector.fromMemorySegment(Lanes.SHORT, w, tile + 2 * lane, Lanes.ORDER)
                  .convertShape(VectorOperators.S2I, Lanes.INT, 0);
      FloatVector d =
          dBits
              .and(0x7fff)
              .lanewise(VectorOperators.LSHL, 13)
              .or(dBits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
              .reinterpretAsFloats()
              .mul(0x1p112f);
      acc = d.fma(even.add(odd), acc);
      IntVector mBits =
          (IntVector)
              ShortVector.fromMemorySegment(Lanes.SHORT, w, tile + 32 + 2 * lane, Lanes.ORDER)
                  .convertShape(VectorOperators.S2I, Lanes.INT, 0);
      FloatVector m =
          mBits
              .and(0x7fff)
              .lanewise(VectorOperators.LSHL, 13)
              .or(mBits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
              .reinterpretAsFloats()
              .mul(0x1p112f);
      acc = m.fma(FloatVector.broadcast(Lanes.FLOAT, sums[b]), acc);
    }
    acc.intoArray(y, yo);
  }

  /** {@link Layout#FIVE}. */
  static void fives(
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
    for (int b = 0; b * 32 < columns; b++) {
      long tile = at + b * 352L;
      long codes = tile + 32 + 4 * lane;
      int k = xo + 32 * b;
      FloatVector even = FloatVector.broadcast(Lanes.FLOAT, -16 * sums[b]);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      IntVector fifths = IntVector.fromMemorySegment(Lanes.INT, w, codes + 256, Lanes.ORDER);
      for (int j = 0; j < 4; j++) {
        IntVector plane = IntVector.fromMemorySegment(Lanes.INT, w, codes + 64 * j, Lanes.ORDER);
        IntVector highs = fifths.lanewise(VectorOperators.LSHR, 2 * j);
        for (int i = 0; i < 4; i++) {
          even =
              ((FloatVector)
                      plane
                          .lanewise(VectorOperators.LSHR, 8 * i)
                          .and(15)
                          .or(
                              highs
                                  .lanewise(VectorOperators.LSHR, 8 * i)
                                  .and(1)
                                  .lanewise(VectorOperators.LSHL, 4))
                          .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + i]), even);
          odd =
              ((FloatVector)
                      plane
                          .lanewise(VectorOperators.LSHR, 8 * i + 4)
                          .and(15)
                          .or(
                              highs
                                  .lanewise(VectorOperators.LSHR, 8 * i + 1)
                                  .and(1)
                                  .lanewise(VectorOperators.LSHL, 4))
                          .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + 4 + i]), odd);
        }
      }
      IntVector dBits =
          (IntVector)
              ShortVector.fromMemorySegment(Lanes.SHORT, w, tile + 2 * lane, Lanes.ORDER)
                  .convertShape(VectorOperators.S2I, Lanes.INT, 0);
      FloatVector d =
          dBits
              .and(0x7fff)
              .lanewise(VectorOperators.LSHL, 13)
              .or(dBits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
              .reinterpretAsFloats()
              .mul(0x1p112f);
      acc = d.fma(even.add(odd), acc);
    }
    acc.intoArray(y, yo);
  }

  /** {@link Layout#FIVE_MIN}. */
  static void fivesWithMinimum(
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
    for (int b = 0; b * 32 < columns; b++) {
      long tile = at + b * 384L;
      long codes = tile + 64 + 4 * lane;
      int k = xo + 32 * b;
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      IntVector fifths = IntVector.fromMemorySegment(Lanes.INT, w, codes + 256, Lanes.ORDER);
      for (int j = 0; j < 4; j++) {
        IntVector plane = IntVector.fromMemorySegment(Lanes.INT, w, codes + 64 * j, Lanes.ORDER);
        IntVector highs = fifths.lanewise(VectorOperators.LSHR, 2 * j);
        for (int i = 0; i < 4; i++) {
          even =
              ((FloatVector)
                      plane
                          .lanewise(VectorOperators.LSHR, 8 * i)
                          .and(15)
                          .or(
                              highs
                                  .lanewise(VectorOperators.LSHR, 8 * i)
                                  .and(1)
                                  .lanewise(VectorOperators.LSHL, 4))
                          .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + i]), even);
          odd =
              ((FloatVector)
                      plane
                          .lanewise(VectorOperators.LSHR, 8 * i + 4)
                          .and(15)
                          .or(
                              highs
                                  .lanewise(VectorOperators.LSHR, 8 * i + 1)
                                  .and(1)
                                  .lanewise(VectorOperators.LSHL, 4))
                          .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                  .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + 4 + i]), odd);
        }
      }
      IntVector dBits =
          (IntVector)
              ShortVector.fromMemorySegment(Lanes.SHORT, w, tile + 2 * lane, Lanes.ORDER)
                  .convertShape(VectorOperators.S2I, Lanes.INT, 0);
      FloatVector d =
          dBits
              .and(0x7fff)
              .lanewise(VectorOperators.LSHL, 13)
              .or(dBits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
              .reinterpretAsFloats()
              .mul(0x1p112f);
      acc = d.fma(even.add(odd), acc);
      IntVector mBits =
          (IntVector)
              ShortVector.fromMemorySegment(Lanes.SHORT, w, tile + 32 + 2 * lane, Lanes.ORDER)
                  .convertShape(VectorOperators.S2I, Lanes.INT, 0);
      FloatVector m =
          mBits
              .and(0x7fff)
              .lanewise(VectorOperators.LSHL, 13)
              .or(mBits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
              .reinterpretAsFloats()
              .mul(0x1p112f);
      acc = m.fma(FloatVector.broadcast(Lanes.FLOAT, sums[b]), acc);
    }
    acc.intoArray(y, yo);
  }

  /** {@link Layout#BYTE}. */
  static void bytes(
      MemorySegment w, long at, int lane, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int b = 0; b * 32 < columns; b++) {
      long tile = at + b * 544L;
      long codes = tile + 32 + 4 * lane;
      int k = xo + 32 * b;
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 8; j++) {
        IntVector plane = IntVector.fromMemorySegment(Lanes.INT, w, codes + 64 * j, Lanes.ORDER);
        even =
            ((FloatVector)
                    plane
                        .lanewise(VectorOperators.LSHL, 24)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j]), even);
        odd =
            ((FloatVector)
                    plane
                        .lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j + 1]), odd);
        even =
            ((FloatVector)
                    plane
                        .lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j + 2]), even);
        odd =
            ((FloatVector)
                    plane
                        .lanewise(VectorOperators.LSHL, 0)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j + 3]), odd);
      }
      IntVector dBits =
          (IntVector)
              ShortVector.fromMemorySegment(Lanes.SHORT, w, tile + 2 * lane, Lanes.ORDER)
                  .convertShape(VectorOperators.S2I, Lanes.INT, 0);
      FloatVector d =
          dBits
              .and(0x7fff)
              .lanewise(VectorOperators.LSHL, 13)
              .or(dBits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
              .reinterpretAsFloats()
              .mul(0x1p112f);
      acc = d.fma(even.add(odd), acc);
    }
    acc.intoArray(y, yo);
  }

  /** {@link Layout#BYTE_SCALED}. */
  static void scaledBytes(
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
    for (int b = 0; b * 16 < columns; b++) {
      long scales = at + (b >> 1) * 768L + 128 * (b & 1) + 4 * lane;
      long codes = at + (b >> 1) * 768L + 256 + 256 * (b & 1) + 4 * lane;
      int k = xo + 16 * b;
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 4; j++) {
        IntVector plane = IntVector.fromMemorySegment(Lanes.INT, w, codes + 64 * j, Lanes.ORDER);
        even =
            ((FloatVector)
                    plane
                        .lanewise(VectorOperators.LSHL, 24)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j]), even);
        odd =
            ((FloatVector)
                    plane
                        .lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j + 1]), odd);
        even =
            ((FloatVector)
                    plane
                        .lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j + 2]), even);
        odd =
            ((FloatVector)
                    plane
                        .lanewise(VectorOperators.LSHL, 0)
                        .lanewise(VectorOperators.ASHR, 24)
                        .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 4 * j + 3]), odd);
      }
      FloatVector scale = FloatVector.fromMemorySegment(Lanes.FLOAT, w, scales, Lanes.ORDER);
      FloatVector m = FloatVector.fromMemorySegment(Lanes.FLOAT, w, scales + 64, Lanes.ORDER);
      acc = scale.fma(even.add(odd), acc);
      acc = m.fma(FloatVector.broadcast(Lanes.FLOAT, sums[b]), acc);
    }
    acc.intoArray(y, yo);
  }

  /** {@link Layout#EIGHT_FLOAT}. */
  static void eightBitFloats(
      MemorySegment w, long at, int lane, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int b = 0; b * 32 < columns; b++) {
      long tile = at + b * 576L + 4 * lane;
      long codes = tile + 64;
      int k = xo + 32 * b;
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 8; j++) {
        IntVector plane = IntVector.fromMemorySegment(Lanes.INT, w, codes + 64 * j, Lanes.ORDER);
        for (int i = 0; i < 2; i++) {
          IntVector first = plane.lanewise(VectorOperators.LSHL, 24 - 8 * i);
          IntVector second = plane.lanewise(VectorOperators.LSHL, 8 - 8 * i);
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
      FloatVector scale = FloatVector.fromMemorySegment(Lanes.FLOAT, w, tile, Lanes.ORDER);
      acc = scale.fma(even.add(odd), acc);
    }
    acc.intoArray(y, yo);
  }

  /** {@link Layout#FOUR_FLOAT}. */
  static void fourBitFloats(
      MemorySegment w, long at, int lane, int columns, float[] x, int xo, float[] y, int yo) {
    FloatVector acc = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    for (int b = 0; b * 32 < columns; b++) {
      long tile = at + b * 272L;
      long codes = tile + 16 + 4 * lane;
      int k = xo + 32 * b;
      FloatVector even = FloatVector.zero(Lanes.FLOAT);
      FloatVector odd = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 4; j++) {
        IntVector plane = IntVector.fromMemorySegment(Lanes.INT, w, codes + 64 * j, Lanes.ORDER);
        for (int i = 0; i < 4; i++) {
          IntVector first = plane.lanewise(VectorOperators.LSHL, 28 - 8 * i);
          IntVector second = plane.lanewise(VectorOperators.LSHL, 24 - 8 * i);
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
      IntVector e =
          (IntVector)
              ByteVector.fromMemorySegment(Lanes.BYTE, w, tile + lane, Lanes.ORDER)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INT, 0);
      FloatVector scale =
          e.lanewise(VectorOperators.LSHL, 23)
              .blend(0x00400000, e.eq(0)) // 2^-127 is a denormal
              .reinterpretAsFloats();
      acc = scale.fma(even.add(odd), acc);
    }
    acc.intoArray(y, yo);
  }
}

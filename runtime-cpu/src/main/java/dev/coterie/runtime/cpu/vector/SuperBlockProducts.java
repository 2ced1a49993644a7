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
 * One row of activations times a row group in tiles of 256 inputs, whose half-precision scales are
 * shared by sub-blocks with scales of a byte.
 */
final class SuperBlockProducts {
  private SuperBlockProducts() {}

  /** {@link Layout#NIBBLE_K}. */
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
    for (int superBlock = 0; superBlock * 256 < columns; superBlock++) {
      long tile = at + superBlock * 2368L;
      FloatVector scaled = FloatVector.zero(Lanes.FLOAT);
      FloatVector minima = FloatVector.zero(Lanes.FLOAT);
      for (int b = 0; b < 8; b++) {
        long scales = tile + 64 + 288L * b + lane;
        long codes = tile + 96 + 288L * b + 4 * lane;
        int k = xo + 256 * superBlock + 32 * b;
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
        FloatVector s =
            (FloatVector)
                ByteVector.fromMemorySegment(Lanes.BYTE, w, scales, Lanes.ORDER)
                    .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0);
        FloatVector m =
            (FloatVector)
                ByteVector.fromMemorySegment(Lanes.BYTE, w, scales + 16, Lanes.ORDER)
                    .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0);
        scaled = s.fma(even.add(odd), scaled);
        minima = m.fma(FloatVector.broadcast(Lanes.FLOAT, -sums[8 * superBlock + b]), minima);
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
      IntVector dminBits =
          (IntVector)
              ShortVector.fromMemorySegment(Lanes.SHORT, w, tile + 32 + 2 * lane, Lanes.ORDER)
                  .convertShape(VectorOperators.S2I, Lanes.INT, 0);
      FloatVector dmin =
          dminBits
              .and(0x7fff)
              .lanewise(VectorOperators.LSHL, 13)
              .or(dminBits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
              .reinterpretAsFloats()
              .mul(0x1p112f);
      acc = d.fma(scaled, acc);
      acc = dmin.fma(minima, acc);
    }
    acc.intoArray(y, yo);
  }

  /** {@link Layout#FIVE_K}. */
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
    for (int superBlock = 0; superBlock * 256 < columns; superBlock++) {
      long tile = at + superBlock * 2880L;
      FloatVector scaled = FloatVector.zero(Lanes.FLOAT);
      FloatVector minima = FloatVector.zero(Lanes.FLOAT);
      for (int b = 0; b < 8; b++) {
        long scales = tile + 64 + 352L * b + lane;
        long codes = tile + 96 + 352L * b + 4 * lane;
        int k = xo + 256 * superBlock + 32 * b;
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
        FloatVector s =
            (FloatVector)
                ByteVector.fromMemorySegment(Lanes.BYTE, w, scales, Lanes.ORDER)
                    .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0);
        FloatVector m =
            (FloatVector)
                ByteVector.fromMemorySegment(Lanes.BYTE, w, scales + 16, Lanes.ORDER)
                    .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0);
        scaled = s.fma(even.add(odd), scaled);
        minima = m.fma(FloatVector.broadcast(Lanes.FLOAT, -sums[8 * superBlock + b]), minima);
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
      IntVector dminBits =
          (IntVector)
              ShortVector.fromMemorySegment(Lanes.SHORT, w, tile + 32 + 2 * lane, Lanes.ORDER)
                  .convertShape(VectorOperators.S2I, Lanes.INT, 0);
      FloatVector dmin =
          dminBits
              .and(0x7fff)
              .lanewise(VectorOperators.LSHL, 13)
              .or(dminBits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
              .reinterpretAsFloats()
              .mul(0x1p112f);
      acc = d.fma(scaled, acc);
      acc = dmin.fma(minima, acc);
    }
    acc.intoArray(y, yo);
  }

  /** {@link Layout#SIX_K}. */
  static void sixes(
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
    for (int superBlock = 0; superBlock * 256 < columns; superBlock++) {
      long tile = at + superBlock * 3360L;
      FloatVector scaled = FloatVector.zero(Lanes.FLOAT);
      for (int b = 0; b < 16; b++) {
        int half = b & 1;
        long block = tile + 32 + 416L * (b >> 1);
        long codes = block + 32 + 4 * lane;
        int k = xo + 256 * superBlock + 16 * b;
        FloatVector even = FloatVector.broadcast(Lanes.FLOAT, -32 * sums[16 * superBlock + b]);
        FloatVector odd = FloatVector.zero(Lanes.FLOAT);
        IntVector highs =
            IntVector.fromMemorySegment(Lanes.INT, w, codes + 256 + 64 * half, Lanes.ORDER);
        for (int j = 0; j < 2; j++) {
          IntVector plane =
              IntVector.fromMemorySegment(Lanes.INT, w, codes + 128 * half + 64 * j, Lanes.ORDER);
          IntVector upper = highs.lanewise(VectorOperators.LSHR, 4 * j);
          for (int i = 0; i < 4; i++) {
            even =
                ((FloatVector)
                        plane
                            .lanewise(VectorOperators.LSHR, 8 * i)
                            .and(15)
                            .or(
                                upper
                                    .lanewise(VectorOperators.LSHR, 8 * i)
                                    .and(3)
                                    .lanewise(VectorOperators.LSHL, 4))
                            .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                    .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + i]), even);
            odd =
                ((FloatVector)
                        plane
                            .lanewise(VectorOperators.LSHR, 8 * i + 4)
                            .and(15)
                            .or(
                                upper
                                    .lanewise(VectorOperators.LSHR, 8 * i + 2)
                                    .and(3)
                                    .lanewise(VectorOperators.LSHL, 4))
                            .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
                    .fma(FloatVector.broadcast(Lanes.FLOAT, x[k + 8 * j + 4 + i]), odd);
          }
        }
        FloatVector s =
            (FloatVector)
                ByteVector.fromMemorySegment(Lanes.BYTE, w, block + 16 * half + lane, Lanes.ORDER)
                    .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0);
        scaled = s.fma(even.add(odd), scaled);
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
      acc = d.fma(scaled, acc);
    }
    acc.intoArray(y, yo);
  }
}

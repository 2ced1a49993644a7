// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import dev.coterie.runtime.cpu.PagedCache;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Decodes weights to panels: {@code [inputs, 32 outputs]} floats, two row groups side by side, that
 * stay in the first-level cache while all rows of a batch are multiplied with them.
 */
final class Panels {
  private static final long ROW_BYTES = 4L * PagedCache.PANEL;
  private static final int ROWS = Layout.GROUP_ROWS;

  private Panels() {}

  /**
   * Decodes one group's share of a panel.
   *
   * @param from the first input; a multiple of 256
   * @param count how many inputs
   * @param side 0 or 1: which half of the panel's columns
   */
  static void decode(
      PackedMatrix w,
      int group,
      int from,
      int count,
      MemorySegment panel,
      int side,
      VectorScratch scratch) {
    Layout layout = w.layout();
    Scales.decode(w, group, from, count, scratch);
    long at = group * w.groupBytes() + (long) (from / layout.tileColumns()) * layout.tileBytes();
    for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
      long to = 4L * (ROWS * side + lane);
      decode(layout, w.data(), at + 4 * lane, lane, count, panel, to, scratch);
    }
  }

  /** Fills one side with zeros, for a matrix whose last group stands alone. */
  static void clear(int count, MemorySegment panel, int side) {
    FloatVector zero = FloatVector.zero(Lanes.FLOAT);
    for (int k = 0; k < count; k++) {
      for (int lane = 0; lane < ROWS; lane += Lanes.COUNT) {
        zero.intoMemorySegment(panel, k * ROW_BYTES + 4L * (ROWS * side + lane), Lanes.ORDER);
      }
    }
  }

  private static void decode(
      Layout layout,
      MemorySegment w,
      long at,
      int lane,
      int count,
      MemorySegment p,
      long po,
      VectorScratch scratch) {
    switch (layout) {
      case NIBBLE -> nibbles(w, at + 32, 288, 2304, lane, count, p, po, scratch);
      case NIBBLE_MIN -> nibbles(w, at + 64, 320, 2560, lane, count, p, po, scratch);
      case NIBBLE_K -> nibbles(w, at + 96, 288, 2368, lane, count, p, po, scratch);
      case FIVE -> fives(w, at + 32, 352, 2816, lane, count, p, po, scratch);
      case FIVE_MIN -> fives(w, at + 64, 384, 3072, lane, count, p, po, scratch);
      case FIVE_K -> fives(w, at + 96, 352, 2880, lane, count, p, po, scratch);
      case SIX_K -> sixes(w, at + 64, lane, count, p, po, scratch);
      case BYTE -> bytes(w, at + 32, 544, lane, count, p, po, scratch);
      case BYTE_SCALED -> scaledBytes(w, at + 256, lane, count, p, po, scratch);
      case EIGHT_FLOAT -> eightBitFloats(w, at + 64, lane, count, p, po, scratch);
      case FOUR_FLOAT -> fourBitFloats(w, at + 16, lane, count, p, po, scratch);
      case HALF -> halves(w, at - 2 * lane, count, p, po);
      case BFLOAT -> upperHalves(w, at - 2 * lane, count, p, po);
      case FLOAT -> floats(w, at, count, p, po);
    }
  }

  /** Nibbles. */
  private static void nibbles(
      MemorySegment w,
      long at,
      int stride,
      int superStride,
      int lane,
      int count,
      MemorySegment p,
      long po,
      VectorScratch scratch) {
    for (int b = 0; b * 32 < count; b++) {
      long o = at + (b >> 3) * (long) superStride + (b & 7) * (long) stride;
      long to = po + b * 32 * ROW_BYTES;
      FloatVector scale = FloatVector.fromArray(Lanes.FLOAT, scratch.scales, b * ROWS + lane);
      FloatVector minimum = FloatVector.fromArray(Lanes.FLOAT, scratch.minima, b * ROWS + lane);
      for (int j = 0; j < 4; j++) {
        IntVector codes = IntVector.fromMemorySegment(Lanes.INT, w, o + 64 * j, Lanes.ORDER);
        for (int n = 0; n < 8; n++) {
          ((FloatVector)
                  codes
                      .lanewise(VectorOperators.LSHR, 4 * n)
                      .and(15)
                      .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
              .fma(scale, minimum)
              .intoMemorySegment(p, to + (8 * j + 4 * (n & 1) + (n >> 1)) * ROW_BYTES, Lanes.ORDER);
        }
      }
    }
  }

  /** Nibbles with a fifth bit. */
  private static void fives(
      MemorySegment w,
      long at,
      int stride,
      int superStride,
      int lane,
      int count,
      MemorySegment p,
      long po,
      VectorScratch scratch) {
    for (int b = 0; b * 32 < count; b++) {
      long o = at + (b >> 3) * (long) superStride + (b & 7) * (long) stride;
      long to = po + b * 32 * ROW_BYTES;
      FloatVector scale = FloatVector.fromArray(Lanes.FLOAT, scratch.scales, b * ROWS + lane);
      FloatVector minimum = FloatVector.fromArray(Lanes.FLOAT, scratch.minima, b * ROWS + lane);
      IntVector fifths = IntVector.fromMemorySegment(Lanes.INT, w, o + 256, Lanes.ORDER);
      for (int j = 0; j < 4; j++) {
        IntVector codes = IntVector.fromMemorySegment(Lanes.INT, w, o + 64 * j, Lanes.ORDER);
        for (int n = 0; n < 8; n++) {
          int input = 8 * j + 4 * (n & 1) + (n >> 1);
          IntVector high =
              fifths
                  .lanewise(VectorOperators.LSHR, input % 4 * 8 + input / 4)
                  .and(1)
                  .lanewise(VectorOperators.LSHL, 4);
          ((FloatVector)
                  codes
                      .lanewise(VectorOperators.LSHR, 4 * n)
                      .and(15)
                      .or(high)
                      .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
              .fma(scale, minimum)
              .intoMemorySegment(p, to + (input) * ROW_BYTES, Lanes.ORDER);
        }
      }
    }
  }

  /** Nibbles with a fifth and a sixth bit, 16 at a time. */
  private static void sixes(
      MemorySegment w,
      long at,
      int lane,
      int count,
      MemorySegment p,
      long po,
      VectorScratch scratch) {
    for (int b = 0; b * 16 < count; b++) {
      long o = at + (b >> 4) * 3360L + (b >> 1 & 7) * 416L;
      int half = b & 1;
      long to = po + b * 16 * ROW_BYTES;
      FloatVector scale = FloatVector.fromArray(Lanes.FLOAT, scratch.scales, b * ROWS + lane);
      FloatVector minimum = FloatVector.fromArray(Lanes.FLOAT, scratch.minima, b * ROWS + lane);
      IntVector highs = IntVector.fromMemorySegment(Lanes.INT, w, o + 256 + 64 * half, Lanes.ORDER);
      for (int j = 0; j < 2; j++) {
        IntVector codes =
            IntVector.fromMemorySegment(Lanes.INT, w, o + 128 * half + 64 * j, Lanes.ORDER);
        for (int n = 0; n < 8; n++) {
          int input = 8 * j + 4 * (n & 1) + (n >> 1);
          IntVector high =
              highs
                  .lanewise(VectorOperators.LSHR, input % 4 * 8 + input / 4 * 2)
                  .and(3)
                  .lanewise(VectorOperators.LSHL, 4);
          ((FloatVector)
                  codes
                      .lanewise(VectorOperators.LSHR, 4 * n)
                      .and(15)
                      .or(high)
                      .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
              .fma(scale, minimum)
              .intoMemorySegment(p, to + (input) * ROW_BYTES, Lanes.ORDER);
        }
      }
    }
  }

  /** Signed bytes. */
  private static void bytes(
      MemorySegment w,
      long at,
      int stride,
      int lane,
      int count,
      MemorySegment p,
      long po,
      VectorScratch scratch) {
    for (int b = 0; b * 32 < count; b++) {
      long o = at + (long) b * stride;
      long to = po + b * 32 * ROW_BYTES;
      FloatVector scale = FloatVector.fromArray(Lanes.FLOAT, scratch.scales, b * ROWS + lane);
      for (int j = 0; j < 8; j++) {
        IntVector codes = IntVector.fromMemorySegment(Lanes.INT, w, o + 64 * j, Lanes.ORDER);
        for (int i = 0; i < 4; i++) {
          ((FloatVector)
                  codes
                      .lanewise(VectorOperators.LSHL, 24 - 8 * i)
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
              .mul(scale)
              .intoMemorySegment(p, to + (4 * j + i) * ROW_BYTES, Lanes.ORDER);
        }
      }
    }
  }

  /** Signed bytes, 16 at a time. */
  private static void scaledBytes(
      MemorySegment w,
      long at,
      int lane,
      int count,
      MemorySegment p,
      long po,
      VectorScratch scratch) {
    for (int b = 0; b * 16 < count; b++) {
      long o = at + (b >> 1) * 768L + 256 * (b & 1);
      long to = po + b * 16 * ROW_BYTES;
      FloatVector scale = FloatVector.fromArray(Lanes.FLOAT, scratch.scales, b * ROWS + lane);
      FloatVector minimum = FloatVector.fromArray(Lanes.FLOAT, scratch.minima, b * ROWS + lane);
      for (int j = 0; j < 4; j++) {
        IntVector codes = IntVector.fromMemorySegment(Lanes.INT, w, o + 64 * j, Lanes.ORDER);
        for (int i = 0; i < 4; i++) {
          ((FloatVector)
                  codes
                      .lanewise(VectorOperators.LSHL, 24 - 8 * i)
                      .lanewise(VectorOperators.ASHR, 24)
                      .convertShape(VectorOperators.I2F, Lanes.FLOAT, 0))
              .fma(scale, minimum)
              .intoMemorySegment(p, to + (4 * j + i) * ROW_BYTES, Lanes.ORDER);
        }
      }
    }
  }

  /** 8-bit floats (E4M3). */
  private static void eightBitFloats(
      MemorySegment w,
      long at,
      int lane,
      int count,
      MemorySegment p,
      long po,
      VectorScratch scratch) {
    for (int b = 0; b * 32 < count; b++) {
      long o = at + b * 576L;
      long to = po + b * 32 * ROW_BYTES;
      FloatVector scale = FloatVector.fromArray(Lanes.FLOAT, scratch.scales, b * ROWS + lane);
      for (int j = 0; j < 8; j++) {
        IntVector codes = IntVector.fromMemorySegment(Lanes.INT, w, o + 64 * j, Lanes.ORDER);
        for (int i = 0; i < 4; i++) {
          IntVector top = codes.lanewise(VectorOperators.LSHL, 24 - 8 * i);
          top.and(0x80000000)
              .or(top.lanewise(VectorOperators.LSHR, 4).and(0x07f00000))
              .reinterpretAsFloats()
              .mul(0x1p120f)
              .mul(scale)
              .intoMemorySegment(p, to + (4 * j + i) * ROW_BYTES, Lanes.ORDER);
        }
      }
    }
  }

  /** 4-bit floats (E2M1). */
  private static void fourBitFloats(
      MemorySegment w,
      long at,
      int lane,
      int count,
      MemorySegment p,
      long po,
      VectorScratch scratch) {
    for (int b = 0; b * 32 < count; b++) {
      long o = at + b * 272L;
      long to = po + b * 32 * ROW_BYTES;
      FloatVector scale = FloatVector.fromArray(Lanes.FLOAT, scratch.scales, b * ROWS + lane);
      for (int j = 0; j < 4; j++) {
        IntVector codes = IntVector.fromMemorySegment(Lanes.INT, w, o + 64 * j, Lanes.ORDER);
        for (int n = 0; n < 8; n++) {
          IntVector top = codes.lanewise(VectorOperators.LSHL, 28 - 4 * n);
          top.and(0x80000000)
              .or(top.lanewise(VectorOperators.LSHR, 6).and(0x01c00000))
              .reinterpretAsFloats()
              .mul(0x1p126f)
              .mul(scale)
              .intoMemorySegment(p, to + (8 * j + 4 * (n & 1) + (n >> 1)) * ROW_BYTES, Lanes.ORDER);
        }
      }
    }
  }

  /** Half-precision values. */
  private static void halves(MemorySegment w, long at, int count, MemorySegment p, long po) {
    for (int k = 0; k < count; k++) {
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
      value.intoMemorySegment(p, po + k * ROW_BYTES, Lanes.ORDER);
    }
  }

  /** Upper halves of floats. */
  private static void upperHalves(MemorySegment w, long at, int count, MemorySegment p, long po) {
    for (int k = 0; k < count; k++) {
      IntVector bits =
          (IntVector)
              ShortVector.fromMemorySegment(Lanes.SHORT, w, at + 32L * k, Lanes.ORDER)
                  .convertShape(VectorOperators.S2I, Lanes.INT, 0);
      FloatVector value = bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
      value.intoMemorySegment(p, po + k * ROW_BYTES, Lanes.ORDER);
    }
  }

  /** Floats. */
  private static void floats(MemorySegment w, long at, int count, MemorySegment p, long po) {
    for (int k = 0; k < count; k++) {
      FloatVector value = FloatVector.fromMemorySegment(Lanes.FLOAT, w, at + 64L * k, Lanes.ORDER);
      value.intoMemorySegment(p, po + k * ROW_BYTES, Lanes.ORDER);
    }
  }
}

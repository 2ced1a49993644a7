// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import dev.coterie.runtime.cpu.PagedCache;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Decodes weights to panels: {@code [inputs, 32 outputs]} floats, two row groups side by side, that
 * stay in the first-level cache while all rows of a batch are multiplied with them.
 */
final class Panels {
  private static final long ROW_BYTES = 4L * PagedCache.PANEL;

  private Panels() {}

  /**
   * Decodes one group's share of a panel.
   *
   * @param from the first input; a multiple of 256
   * @param count how many inputs
   * @param side 0 or 1: which half of the panel's columns
   */
  static void decode(
      PackedMatrix w, int group, int from, int count, MemorySegment panel, int side) {
    Layout layout = w.layout();
    long at = group * w.groupBytes() + (long) (from / layout.tileColumns()) * layout.tileBytes();
    for (int lane = 0; lane < Layout.GROUP_ROWS; lane += Lanes.COUNT) {
      decode(layout, w.data(), at, lane, count, panel, 4L * (Layout.GROUP_ROWS * side + lane));
    }
  }

  /** Fills one side with zeros, for a matrix whose last group stands alone. */
  static void clear(int count, MemorySegment panel, int side) {
    FloatVector zero = FloatVector.zero(Lanes.FLOAT);
    for (int k = 0; k < count; k++) {
      for (int lane = 0; lane < Layout.GROUP_ROWS; lane += Lanes.COUNT) {
        store(zero, panel, k * ROW_BYTES + 4L * (Layout.GROUP_ROWS * side + lane));
      }
    }
  }

  private static void decode(
      Layout layout, MemorySegment w, long at, int lane, int count, MemorySegment p, long po) {
    switch (layout) {
      case NIBBLE -> {
        for (int k = 0; k < count; k += 32) {
          long o = at + k / 32 * 288L;
          FloatVector d = Lanes.halves(w, o + 2 * lane);
          nibbles(w, o + 32 + 4 * lane, d, d.mul(-8), p, po + k * ROW_BYTES);
        }
      }
      case NIBBLE_MIN -> {
        for (int k = 0; k < count; k += 32) {
          long o = at + k / 32 * 320L;
          FloatVector d = Lanes.halves(w, o + 2 * lane);
          FloatVector m = Lanes.halves(w, o + 32 + 2 * lane);
          nibbles(w, o + 64 + 4 * lane, d, m, p, po + k * ROW_BYTES);
        }
      }
      case NIBBLE_K -> {
        for (int k = 0; k < count; k += 32) {
          long o = at + k / 256 * 2368L;
          long sub = o + 64 + 288L * (k / 32 % 8);
          FloatVector s = Lanes.halves(w, o + 2 * lane).mul(Lanes.bytes(w, sub + lane));
          FloatVector m =
              Lanes.halves(w, o + 32 + 2 * lane).mul(Lanes.bytes(w, sub + 16 + lane)).neg();
          nibbles(w, sub + 32 + 4 * lane, s, m, p, po + k * ROW_BYTES);
        }
      }
      case FIVE -> {
        for (int k = 0; k < count; k += 32) {
          long o = at + k / 32 * 352L;
          FloatVector d = Lanes.halves(w, o + 2 * lane);
          fives(w, o + 32 + 4 * lane, d, d.mul(-16), p, po + k * ROW_BYTES);
        }
      }
      case FIVE_MIN -> {
        for (int k = 0; k < count; k += 32) {
          long o = at + k / 32 * 384L;
          FloatVector d = Lanes.halves(w, o + 2 * lane);
          FloatVector m = Lanes.halves(w, o + 32 + 2 * lane);
          fives(w, o + 64 + 4 * lane, d, m, p, po + k * ROW_BYTES);
        }
      }
      case FIVE_K -> {
        for (int k = 0; k < count; k += 32) {
          long o = at + k / 256 * 2880L;
          long sub = o + 64 + 352L * (k / 32 % 8);
          FloatVector s = Lanes.halves(w, o + 2 * lane).mul(Lanes.bytes(w, sub + lane));
          FloatVector m =
              Lanes.halves(w, o + 32 + 2 * lane).mul(Lanes.bytes(w, sub + 16 + lane)).neg();
          fives(w, sub + 32 + 4 * lane, s, m, p, po + k * ROW_BYTES);
        }
      }
      case SIX_K -> {
        for (int k = 0; k < count; k += 16) {
          long o = at + k / 256 * 3360L;
          long sub = o + 32 + 416L * (k / 32 % 8);
          int half = k / 16 % 2;
          FloatVector s = Lanes.halves(w, o + 2 * lane).mul(Lanes.bytes(w, sub + 16 * half + lane));
          sixes(w, sub + 32 + 4 * lane, half, s, s.mul(-32), p, po + k * ROW_BYTES);
        }
      }
      case BYTE -> {
        for (int k = 0; k < count; k += 32) {
          long o = at + k / 32 * 544L;
          FloatVector d = Lanes.halves(w, o + 2 * lane);
          FloatVector none = FloatVector.zero(Lanes.FLOAT);
          bytes(w, o + 32 + 4 * lane, 8, d, none, p, po + k * ROW_BYTES);
        }
      }
      case BYTE_SCALED -> {
        for (int k = 0; k < count; k += 16) {
          long o = at + k / 32 * 768L;
          int half = k / 16 % 2;
          FloatVector s = Lanes.floats(w, o + 128 * half + 4 * lane);
          FloatVector m = Lanes.floats(w, o + 128 * half + 64 + 4 * lane);
          bytes(w, o + 256 + 256 * half + 4 * lane, 4, s, m, p, po + k * ROW_BYTES);
        }
      }
      case EIGHT_FLOAT -> {
        for (int k = 0; k < count; k += 32) {
          long o = at + k / 32 * 576L;
          FloatVector s = Lanes.floats(w, o + 4 * lane);
          for (int j = 0; j < 8; j++) {
            IntVector codes = Lanes.ints(w, o + 64 + 64 * j + 4 * lane);
            for (int b = 0; b < 4; b++) {
              FloatVector value = Lanes.eightBitFloats(codes, 24 - 8 * b).mul(s);
              store(value, p, po + (k + 4 * j + b) * ROW_BYTES);
            }
          }
        }
      }
      case FOUR_FLOAT -> {
        for (int k = 0; k < count; k += 32) {
          long o = at + k / 32 * 272L;
          FloatVector s = Lanes.powers(w, o + lane);
          for (int j = 0; j < 4; j++) {
            IntVector codes = Lanes.ints(w, o + 16 + 64 * j + 4 * lane);
            for (int n = 0; n < 8; n++) {
              FloatVector value = Lanes.fourBitFloats(codes, 28 - 4 * n).mul(s);
              int input = 8 * j + 4 * (n & 1) + (n >> 1);
              store(value, p, po + (k + input) * ROW_BYTES);
            }
          }
        }
      }
      case HALF -> {
        for (int k = 0; k < count; k++) {
          store(Lanes.halves(w, at + 32L * k + 2 * lane), p, po + k * ROW_BYTES);
        }
      }
      case BFLOAT -> {
        for (int k = 0; k < count; k++) {
          store(Lanes.upperHalves(w, at + 32L * k + 2 * lane), p, po + k * ROW_BYTES);
        }
      }
      case FLOAT -> {
        for (int k = 0; k < count; k++) {
          store(Lanes.floats(w, at + 64L * k + 4 * lane), p, po + k * ROW_BYTES);
        }
      }
    }
  }

  private static void store(FloatVector v, MemorySegment p, long po) {
    v.intoMemorySegment(p, po, Lanes.ORDER);
  }

  private static void nibbles(
      MemorySegment w, long o, FloatVector s, FloatVector m, MemorySegment p, long po) {
    for (int j = 0; j < 4; j++) {
      IntVector codes = Lanes.ints(w, o + 64 * j);
      for (int n = 0; n < 8; n++) {
        IntVector code = codes.lanewise(VectorOperators.LSHR, 4 * n).and(15);
        int input = 8 * j + 4 * (n & 1) + (n >> 1);
        store(Lanes.toFloat(code).fma(s, m), p, po + input * ROW_BYTES);
      }
    }
  }

  private static void fives(
      MemorySegment w, long o, FloatVector s, FloatVector m, MemorySegment p, long po) {
    IntVector fifths = Lanes.ints(w, o + 256);
    for (int j = 0; j < 4; j++) {
      IntVector codes = Lanes.ints(w, o + 64 * j);
      for (int n = 0; n < 8; n++) {
        int input = 8 * j + 4 * (n & 1) + (n >> 1);
        IntVector high =
            fifths.lanewise(VectorOperators.LSHR, input).and(1).lanewise(VectorOperators.LSHL, 4);
        IntVector code = codes.lanewise(VectorOperators.LSHR, 4 * n).and(15).or(high);
        store(Lanes.toFloat(code).fma(s, m), p, po + input * ROW_BYTES);
      }
    }
  }

  private static void sixes(
      MemorySegment w, long o, int half, FloatVector s, FloatVector m, MemorySegment p, long po) {
    IntVector highs = Lanes.ints(w, o + 256 + 64 * half);
    for (int j = 0; j < 2; j++) {
      IntVector codes = Lanes.ints(w, o + 128 * half + 64 * j);
      for (int n = 0; n < 8; n++) {
        int input = 8 * j + 4 * (n & 1) + (n >> 1);
        IntVector high =
            highs
                .lanewise(VectorOperators.LSHR, 2 * input)
                .and(3)
                .lanewise(VectorOperators.LSHL, 4);
        IntVector code = codes.lanewise(VectorOperators.LSHR, 4 * n).and(15).or(high);
        store(Lanes.toFloat(code).fma(s, m), p, po + input * ROW_BYTES);
      }
    }
  }

  private static void bytes(
      MemorySegment w, long o, int planes, FloatVector s, FloatVector m, MemorySegment p, long po) {
    for (int j = 0; j < planes; j++) {
      IntVector codes = Lanes.ints(w, o + 64 * j);
      for (int b = 0; b < 4; b++) {
        IntVector code =
            codes.lanewise(VectorOperators.LSHL, 24 - 8 * b).lanewise(VectorOperators.ASHR, 24);
        store(Lanes.toFloat(code).fma(s, m), p, po + (4 * j + b) * ROW_BYTES);
      }
    }
  }
}

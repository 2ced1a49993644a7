// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Decodes the scales and minima of a row group to floats, for panels, which see codes, scales and
 * minima alike: a weight is {@code scale · code + minimum}. There is one of each for {@link #span}
 * inputs and each of the 16 rows.
 */
final class Scales {
  private static final int ROWS = Layout.GROUP_ROWS;
  private static final int LANES = Lanes.COUNT;

  private Scales() {}

  /** The inputs that share a scale; 0 for layouts without scales. */
  static int span(Layout layout) {
    return switch (layout) {
      case SIX_K, BYTE_SCALED -> 16;
      case HALF, BFLOAT, FLOAT -> 0;
      default -> 32;
    };
  }

  /** Whether weights of the layout have a minimum other than 0. */
  static boolean hasMinima(Layout layout) {
    return switch (layout) {
      case BYTE, EIGHT_FLOAT, FOUR_FLOAT, HALF, BFLOAT, FLOAT -> false;
      default -> true;
    };
  }

  /**
   * Decodes the scales of some inputs.
   *
   * @param from the first input; a multiple of 256
   * @param count how many inputs
   */
  static void decode(PackedMatrix w, int group, int from, int count, VectorScratch scratch) {
    Layout layout = w.layout();
    int span = span(layout);
    if (span == 0) {
      return;
    }
    int n = Math.ceilDiv(count, span);
    scratch.reserveScales(n * ROWS);
    float[] scales = scratch.scales;
    float[] minima = scratch.minima;
    MemorySegment data = w.data();
    int stride = layout.tileBytes();
    long at = group * w.groupBytes() + (long) (from / layout.tileColumns()) * stride;
    switch (layout) {
      case NIBBLE -> {
        halves(data, at, stride, n, scales);
        multiples(-8, n, scales, minima);
      }
      case FIVE -> {
        halves(data, at, stride, n, scales);
        multiples(-16, n, scales, minima);
      }
      case BYTE -> halves(data, at, stride, n, scales);
      case NIBBLE_MIN, FIVE_MIN -> {
        halves(data, at, stride, n, scales);
        halves(data, at + 32, stride, n, minima);
      }
      case NIBBLE_K, FIVE_K -> superBlocks(data, at, (stride - 64) / 8, stride, n, scales, minima);
      case SIX_K -> sixes(data, at, n, scales, minima);
      case EIGHT_FLOAT -> {
        for (int b = 0; b < n; b++) {
          MemorySegment.copy(
              data, ValueLayout.JAVA_FLOAT, at + (long) b * stride, scales, b * ROWS, ROWS);
        }
      }
      case BYTE_SCALED -> {
        for (int b = 0; b < n; b++) {
          long o = at + (b >> 1) * (long) stride + 128 * (b & 1);
          MemorySegment.copy(data, ValueLayout.JAVA_FLOAT, o, scales, b * ROWS, ROWS);
          MemorySegment.copy(data, ValueLayout.JAVA_FLOAT, o + 64, minima, b * ROWS, ROWS);
        }
      }
      case FOUR_FLOAT -> powers(data, at, stride, n, scales);
      case HALF, BFLOAT, FLOAT -> {}
    }
  }

  /** Half vectors. */
  private static void halves(MemorySegment w, long at, int stride, int n, float[] out) {
    for (int b = 0; b < n; b++) {
      half(w, at + (long) b * stride, out, b * ROWS);
    }
  }

  private static void multiples(float factor, int n, float[] scales, float[] minima) {
    for (int i = 0; i < n * ROWS; i += LANES) {
      FloatVector.fromArray(Lanes.FLOAT, scales, i).mul(factor).intoArray(minima, i);
    }
  }

  /** Q4_K and Q5_K: d and dmin for 256 inputs, bytes s and m for 32. */
  private static void superBlocks(
      MemorySegment w, long at, int sub, int stride, int n, float[] scales, float[] minima) {
    // the halves of a super-block stand where its first sub-block's products will
    for (int b = 0; b < n; b += 8) {
      long o = at + (b >> 3) * (long) stride;
      half(w, o, scales, b * ROWS);
      half(w, o + 32, minima, b * ROWS);
    }
    for (int b = n - 1; b >= 0; b--) {
      long o = at + (b >> 3) * (long) stride + 64 + (b & 7) * (long) sub;
      int first = (b & ~7) * ROWS;
      for (int lane = 0; lane < ROWS; lane += LANES) {
        FloatVector s =
            (FloatVector)
                ByteVector.fromMemorySegment(Lanes.BYTE, w, o + lane, Lanes.ORDER)
                    .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0);
        FloatVector m =
            (FloatVector)
                ByteVector.fromMemorySegment(Lanes.BYTE, w, o + 16 + lane, Lanes.ORDER)
                    .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0);
        s.mul(FloatVector.fromArray(Lanes.FLOAT, scales, first + lane))
            .intoArray(scales, b * ROWS + lane);
        m.mul(FloatVector.fromArray(Lanes.FLOAT, minima, first + lane))
            .neg()
            .intoArray(minima, b * ROWS + lane);
      }
    }
  }

  private static void half(MemorySegment w, long at, float[] out, int offset) {
    for (int lane = 0; lane < ROWS; lane += LANES) {
      IntVector bits =
          (IntVector)
              ShortVector.fromMemorySegment(Lanes.SHORT, w, at + 2 * lane, Lanes.ORDER)
                  .convertShape(VectorOperators.S2I, Lanes.INT, 0);
      bits.and(0x7fff)
          .lanewise(VectorOperators.LSHL, 13)
          .or(bits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
          .reinterpretAsFloats()
          .mul(0x1p112f)
          .intoArray(out, offset + lane);
    }
  }

  /** Q6_K: d for 256 inputs, signed bytes for 16. */
  private static void sixes(MemorySegment w, long at, int n, float[] scales, float[] minima) {
    for (int b = 0; b < n; b += 16) {
      half(w, at + (b >> 4) * 3360L, scales, b * ROWS);
    }
    for (int b = n - 1; b >= 0; b--) {
      long o = at + (b >> 4) * 3360L + 32 + (b >> 1 & 7) * 416L + 16 * (b & 1);
      int first = (b & ~15) * ROWS;
      for (int lane = 0; lane < ROWS; lane += LANES) {
        FloatVector s =
            (FloatVector)
                ByteVector.fromMemorySegment(Lanes.BYTE, w, o + lane, Lanes.ORDER)
                    .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0);
        FloatVector scale = s.mul(FloatVector.fromArray(Lanes.FLOAT, scales, first + lane));
        scale.intoArray(scales, b * ROWS + lane);
        scale.mul(-32).intoArray(minima, b * ROWS + lane);
      }
    }
  }

  /** Powers of two with bytes as biased exponents (E8M0); 0 is a denormal. */
  private static void powers(MemorySegment w, long at, int stride, int n, float[] scales) {
    for (int b = 0; b < n; b++) {
      for (int lane = 0; lane < ROWS; lane += LANES) {
        IntVector e =
            (IntVector)
                ByteVector.fromMemorySegment(
                        Lanes.BYTE, w, at + (long) b * stride + lane, Lanes.ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INT, 0);
        e.lanewise(VectorOperators.LSHL, 23)
            .blend(0x00400000, e.eq(0))
            .reinterpretAsFloats()
            .intoArray(scales, b * ROWS + lane);
      }
    }
  }
}

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
 * floats and multiplied with the broadcast input.
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
      for (int lane = 0; lane < ROWS; lane += LANES) {
        int out = yOffset + group * ROWS + lane;
        multiply(w, group * w.groupBytes(), lane, x, xOffset, scratch.inputSums, y, out);
      }
    }
  }

  private static void multiply(
      PackedMatrix matrix, long at, int lane, float[] x, int xo, float[] sums, float[] y, int yo) {
    MemorySegment w = matrix.data();
    int columns = matrix.columns();
    switch (matrix.layout()) {
      case NIBBLE -> BlockProducts.nibbles(w, at, lane, columns, x, xo, sums, y, yo);
      case NIBBLE_MIN -> BlockProducts.nibblesWithMinimum(w, at, lane, columns, x, xo, sums, y, yo);
      case NIBBLE_K -> SuperBlockProducts.nibbles(w, at, lane, columns, x, xo, sums, y, yo);
      case FIVE -> BlockProducts.fives(w, at, lane, columns, x, xo, sums, y, yo);
      case FIVE_MIN -> BlockProducts.fivesWithMinimum(w, at, lane, columns, x, xo, sums, y, yo);
      case FIVE_K -> SuperBlockProducts.fives(w, at, lane, columns, x, xo, sums, y, yo);
      case SIX_K -> SuperBlockProducts.sixes(w, at, lane, columns, x, xo, sums, y, yo);
      case BYTE -> BlockProducts.bytes(w, at, lane, columns, x, xo, y, yo);
      case BYTE_SCALED -> BlockProducts.scaledBytes(w, at, lane, columns, x, xo, sums, y, yo);
      case EIGHT_FLOAT -> BlockProducts.eightBitFloats(w, at, lane, columns, x, xo, y, yo);
      case FOUR_FLOAT -> BlockProducts.fourBitFloats(w, at, lane, columns, x, xo, y, yo);
      case HALF -> halves(w, at + 2 * lane, columns, x, xo, y, yo);
      case BFLOAT -> upperHalves(w, at + 2 * lane, columns, x, xo, y, yo);
      case FLOAT -> floats(w, at + 4 * lane, columns, x, xo, y, yo);
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

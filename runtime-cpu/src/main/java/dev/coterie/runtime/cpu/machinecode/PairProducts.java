// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.foreign.ExecutableMemory;
import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Products of BF16 weights with many rows of activations that are rounded to BF16: twice as many in
 * an instruction as floats, for processors that have it. Threads may share it.
 */
final class PairProducts {
  /** The floats of room that a thread needs for rounded rows. */
  static final int ROOM = 1 << 17;

  /** Fewer rows wait for memory, and lose nothing by exact products. */
  private static final int FEWEST_ROWS = 9;

  private final MemorySegment round;
  private final FloatProducts pairs;

  /**
   * Assembles kernels.
   *
   * @param arena keeps the code
   */
  PairProducts(Arena arena) {
    round = ExecutableMemory.instance().place(RoundCode.assemble(), arena);
    pairs =
        new FloatProducts(InstructionSet.AVX512_VNNI, arena) {
          @Override
          byte[] assemble(Layout layout, int rows) {
            return FloatTileCode.assemblePairs(rows);
          }
        };
  }

  boolean supports(PackedMatrix w, int rows) {
    return w.layout() == Layout.BFLOAT
        && w.columns() % RoundCode.STEP == 0
        && rows >= FEWEST_ROWS
        && rowsAtOnce(w) >= FEWEST_ROWS;
  }

  /** The rows that there is room for, in whole tiles. */
  private int rowsAtOnce(PackedMatrix w) {
    int rows = ROOM / (w.columns() / 2);
    return rows - rows % pairs.tileRows();
  }

  /** As {@link FloatProducts#linear}, with room for rounded rows. */
  void linear(
      PackedMatrix w,
      MemorySegment x,
      long xOffset,
      long xStride,
      int rows,
      MemorySegment y,
      long yOffset,
      long yStride,
      int fromGroup,
      int toGroup,
      MemorySegment room) {
    int columns = w.columns();
    int stride = columns / 2; // a pair is where a float would be
    Checks.inside("x", x, xOffset, xStride, rows, columns);
    PackedMatrix view = new PackedMatrix(Layout.FLOAT, w.rows(), stride, w.data());
    int atOnce = rowsAtOnce(w);
    for (int first = 0; first < rows; first += atOnce) {
      int count = Math.min(atOnce, rows - first);
      for (int row = 0; row < count; row++) {
        long from = Float.BYTES * (xOffset + (first + row) * xStride);
        long to = (long) Float.BYTES * row * stride;
        Calls.round(round, x, from, room, to, columns / RoundCode.STEP);
      }
      long to = yOffset + first * yStride;
      pairs.linear(view, room, 0, stride, count, y, to, yStride, fromGroup, toGroup);
    }
  }
}

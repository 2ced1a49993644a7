// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.foreign.ExecutableMemory;
import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Products of packed weights with rows of float activations, in machine code that is assembled for
 * an instruction set, that of a layout when it is first asked for. Threads may share it.
 */
public class FloatProducts {
  /** What a call should take at most, since collections of garbage wait for its end. */
  private static final double CALL_NANOSECONDS = 30_000;

  /**
   * What a core should do at least in a nanosecond: multiply-adds with vectors of 512 bits, and
   * bytes of weights.
   */
  private static final double MULTIPLY_ADDS = 50;

  private static final double BYTES = 8;

  /** Inputs in a call at most; a multiple of those of any tile of weights. */
  private static final int MAX_INPUTS = 2048;

  /** The bytes of activations that are multiplied with all weights of a range before the next. */
  private static final int CACHED_BYTES = 1 << 19;

  private final InstructionSet set;
  private final int mostRows;
  private final Arena arena;
  private final AtomicReferenceArray<MemorySegment @Nullable []> tiles; // by layout, then by rows

  /**
   * For an instruction set.
   *
   * @param set an instruction set that this processor has; not {@link InstructionSet#NONE}
   * @param arena keeps the code
   * @throws IllegalArgumentException if this processor does not have it
   */
  public FloatProducts(InstructionSet set, Arena arena) {
    this.set = Processor.here().require(set);
    this.arena = arena;
    mostRows = FloatRegisters.mostRows(set);
    tiles = new AtomicReferenceArray<>(Layout.values().length);
  }

  /** The kernel of a layout for some rows. */
  private MemorySegment kernel(Layout layout, int rows) {
    MemorySegment[] kernels = tiles.get(layout.ordinal());
    if (kernels == null) {
      kernels = new MemorySegment[mostRows];
      for (int i = 0; i < mostRows; i++) {
        kernels[i] = ExecutableMemory.instance().place(assemble(layout, i + 1), arena);
      }
      tiles.set(layout.ordinal(), kernels); // two threads may both do it
    }
    return kernels[rows - 1];
  }

  /** The code of a layout for some rows; tests put other code in its place. */
  byte[] assemble(Layout layout, int rows) {
    return FloatTileCode.assemble(set, layout, rows);
  }

  /** Whether a matrix can be multiplied. */
  public boolean supports(PackedMatrix w) {
    return FloatWeights.supports(w.layout()) && w.columns() % w.layout().tileColumns() == 0;
  }

  /** The rows of a tile of the full size. */
  int tileRows() {
    return mostRows;
  }

  /**
   * Adds products with some row groups: {@code y[r, o] += W[o] · x[r]} for all rows r and all
   * outputs o of the groups.
   *
   * @param x floats, on the heap or not
   * @param xOffset where the first row begins, in floats
   * @param xStride floats from row to row
   * @param rows how many rows
   * @param y floats, on the heap or not
   * @param yOffset where the first row begins, in floats
   * @param yStride floats from row to row, no fewer than groups have outputs
   * @param fromGroup the first group; even
   * @param toGroup the group after the last; even, or the number of groups
   */
  public void linear(
      PackedMatrix w,
      MemorySegment x,
      long xOffset,
      long xStride,
      int rows,
      MemorySegment y,
      long yOffset,
      long yStride,
      int fromGroup,
      int toGroup) {
    if (!supports(w)) {
      throw new IllegalArgumentException(
          "weights: expected whole tiles of floats, found "
              + w.layout()
              + " with "
              + w.columns()
              + " columns");
    }
    Checks.groups(w, fromGroup, toGroup);
    if (rows == 0 || fromGroup == toGroup) {
      return;
    }
    Checks.inside("x", x, xOffset, xStride, rows, w.columns());
    Checks.inside("y", y, yOffset, yStride, rows, (long) toGroup * Layout.GROUP_ROWS);
    Checks.writable("y", y);
    int pairs = fromGroup + (toGroup - fromGroup) / 2 * 2;
    tiles(w, x, xOffset, xStride, rows, mostRows, y, yOffset, yStride, fromGroup, pairs);
    // kernels of many rows take two groups
    int most = Math.min(mostRows, FloatRegisters.MOST_ROWS_OF_ONE_STREAM);
    tiles(w, x, xOffset, xStride, rows, most, y, yOffset, yStride, pairs, toGroup);
  }

  /** Cuts the rows into tiles of about the same size, because a small last one would be slow. */
  private void tiles(
      PackedMatrix w,
      MemorySegment x,
      long xOffset,
      long xStride,
      int rows,
      int most,
      MemorySegment y,
      long yOffset,
      long yStride,
      int fromGroup,
      int toGroup) {
    int tileRows = Math.ceilDiv(rows, Math.ceilDiv(rows, most));
    int atOnce = CACHED_BYTES / Float.BYTES / Math.min(w.columns(), MAX_INPUTS);
    int rest = rows % tileRows;
    int whole = rows / tileRows;
    int block = Math.max(1, atOnce / tileRows);
    for (int k = 0; k < w.columns(); k += MAX_INPUTS) {
      int inputs = Math.min(MAX_INPUTS, w.columns() - k);
      for (int tile = 0; tile < whole; tile += block) {
        int n = Math.min(block, whole - tile);
        long first = (long) tile * tileRows;
        long from = xOffset + first * xStride;
        long to = yOffset + first * yStride;
        multiply(w, k, inputs, x, from, xStride, tileRows, n, y, to, yStride, fromGroup, toGroup);
      }
      if (rest > 0) {
        long first = (long) whole * tileRows;
        long from = xOffset + first * xStride;
        long to = yOffset + first * yStride;
        multiply(w, k, inputs, x, from, xStride, rest, 1, y, to, yStride, fromGroup, toGroup);
      }
    }
  }

  /** Multiplies with some tiles of a number of rows, in calls that are short enough. */
  private void multiply(
      PackedMatrix w,
      int firstInput,
      int inputs,
      MemorySegment x,
      long xOffset,
      long xStride,
      int rows,
      int tileCount,
      MemorySegment y,
      long yOffset,
      long yStride,
      int fromGroup,
      int toGroup) {
    Layout layout = w.layout();
    MemorySegment kernel = kernel(layout, rows);
    int groups = new FloatRegisters(set, rows).groups();
    long offset = (long) firstInput / layout.tileColumns() * layout.tileBytes();
    double perTile =
        (double) inputs * groups * Layout.GROUP_ROWS * rows / (MULTIPLY_ADDS * set.bits / 512);
    double perColumn = (double) inputs * groups * layout.tileBytes() / layout.tileColumns() / BYTES;
    int atOnce = (int) Math.clamp((CALL_NANOSECONDS - perColumn) / perTile, 1, tileCount);
    int most = (int) Math.max(1, CALL_NANOSECONDS / (perColumn + tileCount * perTile));
    for (int group = fromGroup; group < toGroup; group += most * groups) {
      int columns = Math.min(most, (toGroup - group) / groups);
      for (int tile = 0; tile < tileCount; tile += atOnce) {
        long first = (long) tile * rows;
        Calls.floatTiles(
            kernel,
            w.data(),
            group * w.groupBytes() + offset,
            w.groupBytes(),
            x,
            Float.BYTES * (xOffset + first * xStride + firstInput),
            Float.BYTES * xStride,
            y,
            Float.BYTES * (yOffset + first * yStride + (long) group * Layout.GROUP_ROWS),
            Float.BYTES * yStride,
            inputs,
            Math.min(atOnce, tileCount - tile),
            columns);
      }
    }
  }
}

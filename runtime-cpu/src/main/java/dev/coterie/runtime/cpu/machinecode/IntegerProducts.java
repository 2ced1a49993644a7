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
 * Products of packed weights with rows of 8-bit activations, in machine code that is assembled for
 * an instruction set, that of a layout when it is first asked for. Threads may share it.
 */
public class IntegerProducts {
  /** What a call should take at most, since collections of garbage wait for its end. */
  private static final double CALL_NANOSECONDS = 30_000;

  /**
   * What a core should do at least in a nanosecond: multiply-adds with vectors of 512 bits, and
   * bytes of weights.
   */
  private static final double MULTIPLY_ADDS = 120;

  private static final double BYTES = 8;

  /** Blocks of inputs in a call at most. */
  private static final int MAX_BLOCKS = 128;

  private final InstructionSet set;
  private final int mostRows;
  private final MemorySegment quantize;
  private final Arena arena;
  private final AtomicReferenceArray<MemorySegment @Nullable []> tiles; // by layout, then by rows

  /**
   * Assembles kernels.
   *
   * @param set an instruction set that this processor has; not {@link InstructionSet#NONE}
   * @param arena keeps the code
   * @throws IllegalArgumentException if this processor does not have it
   */
  public IntegerProducts(InstructionSet set, Arena arena) {
    this.set = Processor.here().require(set);
    this.arena = arena;
    mostRows = TileRegisters.mostRows(set);
    quantize = ExecutableMemory.instance().place(QuantizeCode.assemble(set), arena);
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
    return TileCode.assemble(set, layout, rows);
  }

  /** Whether a matrix can be multiplied. */
  public boolean supports(PackedMatrix w) {
    return BlockCode.supports(w.layout()) && w.columns() % w.layout().tileColumns() == 0;
  }

  /** The rows of a tile of the full size. */
  public int tileRows() {
    return mostRows;
  }

  /**
   * Room for quantized rows.
   *
   * @param maxRows rows
   * @param columns values a row; a multiple of 32
   * @param arena frees it
   */
  public QuantizedRows newRows(int maxRows, int columns, Arena arena) {
    return new QuantizedRows(mostRows, maxRows, columns, arena);
  }

  /**
   * Quantizes a stretch of a row.
   *
   * @param x floats, on the heap or not
   * @param xOffset where the stretch begins, in floats
   * @param out takes it
   * @param first the first row of the range that will be multiplied together; a multiple of {@link
   *     #tileRows}
   * @param rows how many they are
   * @param row which of them this is
   * @param from where in the row the stretch begins; a multiple of 32
   * @param count how many values; a multiple of 32
   */
  public void quantize(
      MemorySegment x,
      long xOffset,
      QuantizedRows out,
      int first,
      int rows,
      int row,
      int from,
      int count) {
    if (row < 0 || row >= rows) {
      throw new IllegalArgumentException("row: expected one of " + rows + ", found " + row);
    }
    out.checkBlocks(from, count);
    if (count == 0) {
      return;
    }
    Checks.inside("x", x, xOffset, count, 1, count);
    int block = from / Panel.BLOCK;
    long at = out.at(first, rows, row, block);
    long blockBytes = out.blockBytes(rows, row);
    Calls.quantize(
        quantize, x, Float.BYTES * xOffset, out.data(), at, blockBytes, count / Panel.BLOCK);
  }

  /**
   * Products with some row groups: {@code y[r, o] = W[o] · x[r]} for all rows r of a range and all
   * outputs o of the groups. Whole pairs of groups are written, beyond the last output too.
   *
   * @param first the first row of the range; a multiple of {@link #tileRows}
   * @param rows how many they are
   * @param y floats, on the heap or not
   * @param yOffset where the range's first row begins, in floats
   * @param yStride floats from row to row, no fewer than whole pairs of groups have outputs
   * @param accumulate whether products are added to what stands in y
   * @param fromGroup the first group; even
   * @param toGroup the group after the last; even, or the number of groups
   */
  public void linear(
      PackedMatrix w,
      QuantizedRows x,
      int first,
      int rows,
      MemorySegment y,
      long yOffset,
      long yStride,
      boolean accumulate,
      int fromGroup,
      int toGroup) {
    check(w, x, fromGroup, toGroup);
    if (fromGroup == toGroup) {
      return;
    }
    long outputs = (long) Math.ceilDiv(toGroup, 2) * 2 * Layout.GROUP_ROWS;
    Checks.inside("y", y, yOffset, yStride, rows, outputs);
    Checks.writable("y", y);
    long at = x.range(first, rows);
    int tileRows = x.tileRows(rows);
    int whole = rows / tileRows;
    int rest = rows % tileRows;
    multiply(w, x, at, tileRows, whole, y, yOffset, yStride, accumulate, fromGroup, toGroup);
    if (rest > 0) {
      long last = at + whole * x.tileBytes();
      long to = yOffset + (long) whole * tileRows * yStride;
      multiply(w, x, last, rest, 1, y, to, yStride, accumulate, fromGroup, toGroup);
    }
  }

  private void check(PackedMatrix w, QuantizedRows x, int fromGroup, int toGroup) {
    if (!supports(w)) {
      throw new IllegalArgumentException(
          "weights: expected whole tiles of blocks of integers, found "
              + w.layout()
              + " with "
              + w.columns()
              + " columns");
    }
    if (x.columns() != w.columns()) {
      throw new IllegalArgumentException(
          "columns: expected " + w.columns() + " as the weights have, found " + x.columns());
    }
    Checks.groups(w, fromGroup, toGroup);
  }

  /** Multiplies with some tiles of a number of rows, in calls that are short enough. */
  private void multiply(
      PackedMatrix w,
      QuantizedRows x,
      long xOffset,
      int rows,
      int tileCount,
      MemorySegment y,
      long yOffset,
      long yStride,
      boolean accumulate,
      int fromGroup,
      int toGroup) {
    MemorySegment kernel = kernel(w.layout(), rows);
    int groups = new TileRegisters(set, rows).groups();
    int end = fromGroup + (toGroup - fromGroup) / groups * groups;
    int totalBlocks = w.columns() / Panel.BLOCK;
    for (int block = 0; block < totalBlocks; block += MAX_BLOCKS) {
      int blocks = Math.min(MAX_BLOCKS, totalBlocks - block);
      double perTile =
          (double) blocks * Panel.BLOCK * groups * Layout.GROUP_ROWS * rows / multiplyAdds();
      double perColumn = (double) blocks * groups * BlockCode.blockBytes(w.layout()) / BYTES;
      int atOnce = (int) Math.clamp((CALL_NANOSECONDS - perColumn) / perTile, 1, tileCount);
      int columns = (int) Math.max(1, CALL_NANOSECONDS / (perColumn + tileCount * perTile));
      boolean add = accumulate || block > 0;
      for (int t = 0; t < tileCount; t += atOnce) {
        int n = Math.min(atOnce, tileCount - t);
        long from = xOffset + t * x.tileBytes();
        long to = yOffset + (long) t * rows * yStride;
        for (int group = fromGroup; group < end; group += columns * groups) {
          int count = Math.min(columns, (end - group) / groups);
          long next = w.groupBytes();
          call(kernel, w, group, next, x, from, rows, n, y, to, yStride, block, blocks, count, add);
        }
        if (end < toGroup) { // a group without a neighbor is its own
          call(kernel, w, end, 0, x, from, rows, n, y, to, yStride, block, blocks, 1, add);
        }
      }
    }
  }

  private double multiplyAdds() {
    return MULTIPLY_ADDS * set.bits / 512;
  }

  private static void call(
      MemorySegment kernel,
      PackedMatrix w,
      int group,
      long wGroup,
      QuantizedRows x,
      long xOffset,
      int rows,
      int tileCount,
      MemorySegment y,
      long yOffset,
      long yStride,
      int block,
      int blocks,
      int columns,
      boolean accumulate) {
    Layout layout = w.layout();
    long tile = block / (layout.tileColumns() / Panel.BLOCK);
    Calls.tiles(
        kernel,
        w.data(),
        group * w.groupBytes() + tile * layout.tileBytes(),
        wGroup,
        x.data(),
        xOffset + (long) block * rows * Panel.ROW_BYTES,
        x.tileBytes(),
        y,
        Float.BYTES * (yOffset + (long) group * Layout.GROUP_ROWS),
        Float.BYTES * yStride,
        blocks,
        tileCount,
        columns,
        accumulate ? 1 : 0);
  }
}

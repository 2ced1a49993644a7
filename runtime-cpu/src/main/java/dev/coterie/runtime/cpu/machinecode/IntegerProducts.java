// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.foreign.ExecutableMemory;
import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * Products of packed weights with rows of 8-bit activations, in machine code that is assembled for
 * an instruction set when this is made. Stateless from then on: threads may share it.
 */
public final class IntegerProducts {
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
  private final Panel panel;
  private final MemorySegment quantize;
  private final Map<Layout, MemorySegment[]> tiles; // by rows

  /**
   * Assembles kernels.
   *
   * @param set an instruction set that this processor has; not {@link InstructionSet#NONE}
   * @param arena keeps the code
   * @throws IllegalArgumentException if this processor does not have it
   */
  public IntegerProducts(InstructionSet set, Arena arena) {
    this.set = Processor.here().require(set);
    int most = TileCode.mostRows(set);
    panel = new Panel(most);
    ExecutableMemory memory = ExecutableMemory.instance();
    quantize = memory.place(QuantizeCode.assemble(set, panel), arena);
    tiles = new EnumMap<>(Layout.class);
    for (Layout layout : Layout.values()) {
      if (TileCode.supports(layout)) {
        MemorySegment[] kernels = new MemorySegment[most + 1];
        for (int rows = 1; rows <= most; rows++) {
          kernels[rows] = memory.place(TileCode.assemble(set, layout, rows, panel), arena);
        }
        tiles.put(layout, kernels);
      }
    }
  }

  /** Whether weights of a layout can be multiplied. */
  public boolean supports(Layout layout) {
    return tiles.containsKey(layout);
  }

  /**
   * Memory for quantized rows.
   *
   * @param arena frees it
   */
  public QuantizedRows newRows(int maxRows, int maxColumns, Arena arena) {
    return new QuantizedRows(panel, maxRows, maxColumns, arena);
  }

  /**
   * Quantizes some of the rows.
   *
   * @param x floats, on the heap or not
   * @param xOffset where row 0 begins, in floats
   * @param xStride floats from row to row, no fewer than there are columns
   * @param out resized to all rows
   */
  public void quantize(
      MemorySegment x, long xOffset, long xStride, QuantizedRows out, int fromRow, int toRow) {
    Objects.checkFromToIndex(fromRow, toRow, out.rows());
    if (fromRow == toRow) {
      return;
    }
    inside("x", x, xOffset, xStride, toRow, out.columns());
    int blocks = out.columns() / Panel.BLOCK;
    for (int row = fromRow; row < toRow; row++) {
      long tile = row / out.tileRows() * out.tileBytes();
      int inTile = row % out.tileRows();
      Calls.quantize(
          quantize,
          x,
          Float.BYTES * (xOffset + row * xStride),
          out.data(),
          tile + panel.codes(inTile),
          tile + panel.scale(inTile),
          blocks);
    }
  }

  /**
   * Adds products with some row groups: {@code y[r, o] += W[o] · x[r]} for all rows r and all
   * outputs o of the groups. Whole pairs of groups are written, beyond the last output too.
   *
   * @param y floats, on the heap or not
   * @param yOffset where row 0 begins, in floats
   * @param yStride floats from row to row, no fewer than whole pairs of groups have outputs
   * @param fromGroup the first group; even
   * @param toGroup the group after the last; even, or the number of groups
   */
  public void linear(
      PackedMatrix w,
      QuantizedRows x,
      MemorySegment y,
      long yOffset,
      long yStride,
      int fromGroup,
      int toGroup) {
    MemorySegment[] kernels = kernels(w, x, fromGroup, toGroup);
    long outputs = (long) Math.ceilDiv(toGroup, 2) * 2 * Layout.GROUP_ROWS;
    inside("y", y, yOffset, yStride, x.rows(), outputs);
    if (y.isReadOnly()) {
      throw new IllegalArgumentException("y: expected memory that can be written");
    }
    int whole = x.rows() / x.tileRows();
    int rest = x.rows() % x.tileRows();
    multiply(kernels, w, x, y, yOffset, yStride, fromGroup, toGroup, x.tileRows(), 0, whole);
    if (rest > 0) {
      multiply(kernels, w, x, y, yOffset, yStride, fromGroup, toGroup, rest, whole, 1);
    }
  }

  /** Kernels check nothing. */
  private static void inside(
      String name, MemorySegment floats, long offset, long stride, int rows, long width) {
    long size = floats.byteSize() / Float.BYTES;
    boolean fits =
        offset >= 0
            && stride >= width
            && stride <= size
            && offset <= size - width - (rows - 1) * stride;
    if (!fits) {
      throw new IllegalArgumentException(
          name
              + ": expected "
              + rows
              + " rows of "
              + width
              + " floats within "
              + size
              + ", found them from "
              + offset
              + " on, "
              + stride
              + " apart");
    }
  }

  private MemorySegment[] kernels(PackedMatrix w, QuantizedRows x, int fromGroup, int toGroup) {
    MemorySegment[] kernels = tiles.get(w.layout());
    if (kernels == null) {
      throw new IllegalArgumentException(
          "layout: expected one of " + tiles.keySet() + ", found " + w.layout());
    }
    if (x.columns() != w.columns()) {
      throw new IllegalArgumentException(
          "columns: expected " + w.columns() + " as the weights have, found " + x.columns());
    }
    if (w.data().byteSize() < w.groups() * w.groupBytes()) {
      throw new IllegalArgumentException(
          "weights: expected "
              + w.groups()
              + " groups of "
              + w.groupBytes()
              + " bytes, found "
              + w.data().byteSize());
    }
    if (fromGroup < 0
        || fromGroup % 2 != 0
        || toGroup < fromGroup
        || toGroup > w.groups()
        || toGroup % 2 != 0 && toGroup != w.groups()) {
      throw new IllegalArgumentException(
          "groups: expected pairs within "
              + w.groups()
              + ", found "
              + fromGroup
              + " to "
              + toGroup);
    }
    return kernels;
  }

  /** Multiplies with some tiles of a number of rows, in calls that are short enough. */
  private void multiply(
      MemorySegment[] kernels,
      PackedMatrix w,
      QuantizedRows x,
      MemorySegment y,
      long yOffset,
      long yStride,
      int fromGroup,
      int toGroup,
      int rows,
      int fromTile,
      int tiles) {
    MemorySegment kernel = kernels[rows];
    int groups = TileCode.groups(set, rows);
    int end = fromGroup + (toGroup - fromGroup) / groups * groups;
    int totalBlocks = w.columns() / Panel.BLOCK;
    for (int block = 0; block < totalBlocks; block += MAX_BLOCKS) {
      int blocks = Math.min(MAX_BLOCKS, totalBlocks - block);
      double perTile =
          (double) blocks * Panel.BLOCK * groups * Layout.GROUP_ROWS * rows / multiplyAdds();
      double perColumn = (double) blocks * groups * w.layout().tileBytes() / BYTES;
      int atOnce = (int) Math.clamp((CALL_NANOSECONDS - perColumn) / perTile, 1, tiles);
      int columns = (int) Math.max(1, CALL_NANOSECONDS / (perColumn + tiles * perTile));
      for (int group = fromGroup; group < end; group += columns * groups) {
        int count = Math.min(columns, (end - group) / groups);
        for (int t = 0; t < tiles; t += atOnce) {
          int n = Math.min(atOnce, tiles - t);
          call(
              kernel,
              w,
              group,
              w.groupBytes(),
              x,
              fromTile + t,
              n,
              y,
              yOffset,
              yStride,
              block,
              blocks,
              count);
        }
      }
      if (end < toGroup) { // a group without a neighbor is its own
        for (int t = 0; t < tiles; t += atOnce) {
          int n = Math.min(atOnce, tiles - t);
          call(kernel, w, end, 0, x, fromTile + t, n, y, yOffset, yStride, block, blocks, 1);
        }
      }
    }
  }

  private double multiplyAdds() {
    return MULTIPLY_ADDS * set.bits / 512;
  }

  private void call(
      MemorySegment kernel,
      PackedMatrix w,
      int group,
      long wGroup,
      QuantizedRows x,
      int tile,
      int tiles,
      MemorySegment y,
      long yOffset,
      long yStride,
      int block,
      int blocks,
      int columns) {
    long row = (long) tile * x.tileRows();
    Calls.tiles(
        kernel,
        w.data(),
        group * w.groupBytes() + (long) block * w.layout().tileBytes(),
        wGroup,
        x.data(),
        tile * x.tileBytes() + (long) block * panel.blockBytes(),
        x.tileBytes(),
        y,
        Float.BYTES * (yOffset + row * yStride + (long) group * Layout.GROUP_ROWS),
        Float.BYTES * yStride,
        blocks,
        tiles,
        columns);
  }
}

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

/**
 * Products of packed weights with rows of 8-bit activations, in machine code that is assembled for
 * an instruction set when this is made. Stateless from then on: threads may share it.
 */
public final class IntegerProducts {
  /** What a call should take at most, since collections of garbage wait for its end. */
  private static final double CALL_NANOSECONDS = 30_000;

  /** What a core can do at least: multiply-adds and bytes of weights in a nanosecond. */
  private static final double MULTIPLY_ADDS = 60;

  private static final double BYTES = 6;

  /** Blocks of inputs in a call at most. */
  private static final int MAX_BLOCKS = 128;

  private final InstructionSet set;
  private final Panel panel;
  private final MemorySegment quantize;
  private final Map<Layout, MemorySegment[]> tiles; // by rows

  /**
   * Assembles kernels.
   *
   * @param set the instruction set; not {@link InstructionSet#NONE}
   * @param arena keeps the code
   */
  IntegerProducts(InstructionSet set, Arena arena) {
    this.set = set;
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
   * @param xStride floats from row to row
   * @param out resized to all rows
   */
  public void quantize(
      MemorySegment x, long xOffset, long xStride, QuantizedRows out, int fromRow, int toRow) {
    int blocks = out.columns() / Panel.BLOCK;
    for (int row = fromRow; row < toRow; row++) {
      long tile = row / out.tileRows() * out.tileBytes();
      int inTile = row % out.tileRows();
      Calls.quantize(
          quantize,
          x,
          4 * (xOffset + row * xStride),
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
   * @param yStride floats from row to row
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
    int step = groupsOfAColumn();
    int whole = (toGroup - fromGroup) / step * step;
    for (int block = 0; block < w.columns() / Panel.BLOCK; block += MAX_BLOCKS) {
      columns(kernels, w, x, y, yOffset, yStride, fromGroup, whole / step, w.groupBytes(), block);
      if (fromGroup + whole < toGroup) { // a group without a neighbor is its own
        columns(kernels, w, x, y, yOffset, yStride, fromGroup + whole, 1, 0, block);
      }
    }
  }

  private int groupsOfAColumn() {
    return set.bits == 512 ? 2 : 1;
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
    if (fromGroup < 0
        || fromGroup % 2 != 0
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

  /** Some columns, for all rows and some inputs. */
  private void columns(
      MemorySegment[] kernels,
      PackedMatrix w,
      QuantizedRows x,
      MemorySegment y,
      long yOffset,
      long yStride,
      int group,
      int columns,
      long wGroup,
      int block) {
    int blocks = Math.min(MAX_BLOCKS, w.columns() / Panel.BLOCK - block);
    int tileRows = x.tileRows();
    int lastRows = x.rows() % tileRows;
    int whole = x.rows() / tileRows;
    int outputs = Layout.GROUP_ROWS * groupsOfAColumn();
    double tileTime =
        (double) tileRows * outputs * blocks * Panel.BLOCK / (set.bits / 512.0 * MULTIPLY_ADDS);
    double weightTime = (double) groupsOfAColumn() * blocks * w.layout().tileBytes() / BYTES;
    int tilesAtOnce = (int) Math.clamp((CALL_NANOSECONDS - weightTime) / tileTime, 1, whole);
    int columnsAtOnce = (int) Math.max(1, CALL_NANOSECONDS / (weightTime + tilesAtOnce * tileTime));
    if (tilesAtOnce < whole) {
      columnsAtOnce = 1;
    }
    for (int column = 0; column < columns; column += columnsAtOnce) {
      int first = group + column * groupsOfAColumn();
      long wOffset = first * w.groupBytes() + (long) block * w.layout().tileBytes();
      long xOffset = (long) block * panel.blockBytes();
      long to = yOffset + (long) first * Layout.GROUP_ROWS;
      int count = Math.min(columnsAtOnce, columns - column);
      for (int tile = 0; tile < whole; tile += tilesAtOnce) {
        Calls.tiles(
            kernels[tileRows],
            w.data(),
            wOffset,
            wGroup,
            x.data(),
            xOffset + tile * x.tileBytes(),
            x.tileBytes(),
            y,
            4 * (to + (long) tile * tileRows * yStride),
            4 * yStride,
            blocks,
            Math.min(tilesAtOnce, whole - tile),
            count);
      }
      if (lastRows > 0) {
        Calls.tiles(
            kernels[lastRows],
            w.data(),
            wOffset,
            wGroup,
            x.data(),
            xOffset + whole * x.tileBytes(),
            x.tileBytes(),
            y,
            4 * (to + (long) whole * tileRows * yStride),
            4 * yStride,
            blocks,
            1,
            count);
      }
    }
  }
}

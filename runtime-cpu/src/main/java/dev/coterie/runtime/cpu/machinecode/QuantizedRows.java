// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Rows of activations as 8-bit integers, with a scale for each 32 of them; see {@link Panel}.
 * Different threads may quantize different rows.
 */
public final class QuantizedRows {
  private final Panel panel;
  private final MemorySegment data;
  private int rows;
  private int columns;
  private int tileRows;

  QuantizedRows(Panel panel, int maxRows, int maxColumns, Arena arena) {
    this.panel = panel;
    int tiles = Math.ceilDiv(maxRows, panel.rows());
    data = arena.allocate(Math.multiplyExact(tiles, tileBytes(panel, maxColumns)), 64);
  }

  /**
   * Says what will be quantized next.
   *
   * @param newRows how many rows, 1 at least
   * @param newColumns inputs of each, a multiple of 32
   * @throws IllegalArgumentException if there is not enough memory for them
   */
  public void resize(int newRows, int newColumns) {
    if (newRows < 1 || newColumns < 1 || newColumns % Panel.BLOCK != 0) {
      throw new IllegalArgumentException(
          "rows: expected a row at least and a multiple of 32 columns, found "
              + shape(newRows, newColumns));
    }
    int tiles = Math.ceilDiv(newRows, panel.rows());
    long bytes = Math.multiplyExact(tiles, tileBytes(panel, newColumns));
    if (bytes > data.byteSize()) {
      throw new IllegalArgumentException(
          "rows: expected what fits in "
              + data.byteSize()
              + " bytes, found "
              + shape(newRows, newColumns)
              + " in "
              + bytes);
    }
    rows = newRows;
    columns = newColumns;
    // tiles of about the same size, because the last would else be slow
    tileRows = Math.ceilDiv(newRows, tiles);
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  /** The rows of each tile but the last. */
  int tileRows() {
    return tileRows;
  }

  /** The bytes of a tile. */
  long tileBytes() {
    return tileBytes(panel, columns);
  }

  private static long tileBytes(Panel panel, int columns) {
    return (long) panel.blockBytes() * Math.ceilDiv(columns, Panel.BLOCK);
  }

  private static String shape(int rows, int columns) {
    return "[" + rows + ", " + columns + "]";
  }

  MemorySegment data() {
    return data;
  }
}

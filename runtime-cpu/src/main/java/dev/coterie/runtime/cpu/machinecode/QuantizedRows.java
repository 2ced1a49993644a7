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
    long tileBytes = (long) panel.blockBytes() * Math.ceilDiv(maxColumns, Panel.BLOCK);
    data = arena.allocate(Math.multiplyExact(tiles, tileBytes), 64);
  }

  /**
   * Says what will be quantized next.
   *
   * @param newRows rows; as many as there is memory for
   * @param newColumns inputs; a multiple of 32
   */
  public void resize(int newRows, int newColumns) {
    if (newColumns % Panel.BLOCK != 0) {
      throw new IllegalArgumentException(
          "columns: expected a multiple of " + Panel.BLOCK + ", found " + newColumns);
    }
    long bytes =
        (long) panel.blockBytes()
            * (newColumns / Panel.BLOCK)
            * Math.ceilDiv(newRows, panel.rows());
    if (newRows < 1 || newColumns < 1 || bytes > data.byteSize()) {
      throw new IllegalArgumentException(
          "rows: expected 1 row at least and "
              + data.byteSize()
              + " bytes at most, found "
              + newRows
              + "x"
              + newColumns
              + " in "
              + bytes);
    }
    rows = newRows;
    columns = newColumns;
    // tiles of about the same size, because the last would else be slow
    tileRows = Math.ceilDiv(newRows, Math.ceilDiv(newRows, panel.rows()));
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
    return (long) panel.blockBytes() * (columns / Panel.BLOCK);
  }

  MemorySegment data() {
    return data;
  }
}

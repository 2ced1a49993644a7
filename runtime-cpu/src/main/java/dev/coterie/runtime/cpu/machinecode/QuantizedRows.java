// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.runtime.cpu.Prepared;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Rows of activations as 8-bit integers, with a scale for each 32 of them; see {@link Panel}. A
 * range of rows that are multiplied together is cut into tiles of about the same size, because a
 * small last one would be slow; tile i of a range lies where that of the full size would.
 */
public final class QuantizedRows implements Prepared {
  private final int mostRows;
  private final int columns;
  private final long tileBytes;
  private final MemorySegment data;

  /**
   * Room.
   *
   * @param mostRows the rows of a tile of the full size
   * @param maxRows rows
   * @param columns values a row; a multiple of 32
   * @param arena frees it
   */
  QuantizedRows(int mostRows, int maxRows, int columns, Arena arena) {
    if (maxRows < 1 || columns < 1 || columns % Panel.BLOCK != 0) {
      throw new IllegalArgumentException(
          "rows: expected a row at least and a multiple of "
              + Panel.BLOCK
              + " columns, found "
              + maxRows
              + " x "
              + columns);
    }
    this.mostRows = mostRows;
    this.columns = columns;
    tileBytes = (long) mostRows * Panel.ROW_BYTES * (columns / Panel.BLOCK);
    data = arena.allocate(bytes(mostRows, maxRows, columns), 64);
  }

  /** The bytes of room. */
  static long bytes(int mostRows, int maxRows, int columns) {
    long tileBytes = (long) mostRows * Panel.ROW_BYTES * (columns / Panel.BLOCK);
    return Math.multiplyExact(tileBytes, Math.ceilDiv(maxRows, mostRows));
  }

  /** The rows of each tile of a range but the last. */
  int tileRows(int rows) {
    return Math.ceilDiv(rows, Math.ceilDiv(rows, mostRows));
  }

  /** From a tile to the next. */
  long tileBytes() {
    return tileBytes;
  }

  /** Where the first tile of a range begins, when it has been checked that the range fits. */
  long range(int first, int rows) {
    if (first < 0 || first % mostRows != 0 || rows < 1 || end(first, rows) > data.byteSize()) {
      throw new IllegalArgumentException(
          "rows: expected a range from a multiple of "
              + mostRows
              + " on within "
              + data.byteSize() / tileBytes * mostRows
              + ", found "
              + rows
              + " from "
              + first);
    }
    return first / mostRows * tileBytes;
  }

  /** Refuses a stretch of a row that is not whole blocks within it. */
  void checkBlocks(int from, int count) {
    if (from < 0
        || count < 0
        || from + count > columns
        || from % Panel.BLOCK != 0
        || count % Panel.BLOCK != 0) {
      throw new IllegalArgumentException(
          "values: expected whole blocks within " + columns + ", found " + count + " from " + from);
    }
  }

  /**
   * Where a row's share of a block lies.
   *
   * @param first the first row of a range
   * @param rows how many rows the range has
   * @param row which of them
   * @param block which of a row's blocks
   */
  long at(int first, int rows, int row, int block) {
    int tileRows = tileRows(rows);
    int tile = row / tileRows;
    return range(first, rows)
        + tile * tileBytes
        + (long) block * blockBytes(rows, row)
        + (long) (row - tile * tileRows) * Panel.ROW_BYTES;
  }

  /** From a block of a row's tile to the next. */
  long blockBytes(int rows, int row) {
    int tileRows = tileRows(rows);
    int rowsOfTile = Math.min(tileRows, rows - row / tileRows * tileRows);
    return (long) rowsOfTile * Panel.ROW_BYTES;
  }

  private long end(int first, int rows) {
    return (first / mostRows + (long) Math.ceilDiv(rows, mostRows)) * tileBytes;
  }

  int columns() {
    return columns;
  }

  MemorySegment data() {
    return data;
  }
}

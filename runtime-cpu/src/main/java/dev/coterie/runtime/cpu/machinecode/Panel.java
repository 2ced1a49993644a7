// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

/**
 * How quantized activations lie in memory: rows in tiles, each tile a run of blocks of 32 inputs. A
 * block holds, one row after the other: 32 signed bytes, whose values are those times a scale; the
 * scale, a float; the sum of the bytes and the sum of the first 16, both negated, as 32-bit
 * integers; and the sum of the values, a float.
 *
 * @param rows the rows of a tile
 */
record Panel(int rows) {
  /** Inputs that share a scale. */
  static final int BLOCK = 32;

  /** The bytes of a row's share of a block. */
  static final int ROW_BYTES = BLOCK + 16;

  /** Where the scale is in a row's share. */
  static final int SCALE = BLOCK;

  static final int SUM = BLOCK + 4;

  static final int FIRST_SUM = BLOCK + 8;

  static final int TOTAL = BLOCK + 12;

  int codes(int row) {
    return ROW_BYTES * row;
  }

  int scale(int row) {
    return ROW_BYTES * row + SCALE;
  }

  int sum(int row) {
    return ROW_BYTES * row + SUM;
  }

  int firstSum(int row) {
    return ROW_BYTES * row + FIRST_SUM;
  }

  int total(int row) {
    return ROW_BYTES * row + TOTAL;
  }

  int blockBytes() {
    return ROW_BYTES * rows;
  }
}

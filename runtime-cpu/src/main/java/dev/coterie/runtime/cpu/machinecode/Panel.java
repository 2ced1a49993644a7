// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

/**
 * How quantized activations lie in memory: rows in tiles, each tile a run of blocks of 32 inputs. A
 * block holds, for each of {@code rows} rows: 32 signed bytes; then for each a float scale; then
 * for each the sum of its bytes, negated, as a 32-bit integer.
 *
 * @param rows the rows of a tile; its last ones may be unused
 */
record Panel(int rows) {
  /** Inputs that share a scale. */
  static final int BLOCK = 32;

  int codes(int row) {
    return BLOCK * row;
  }

  int scale(int row) {
    return BLOCK * rows + 4 * row;
  }

  int sum(int row) {
    return (BLOCK + 4) * rows + 4 * row;
  }

  int blockBytes() {
    return (BLOCK + 8) * rows;
  }
}

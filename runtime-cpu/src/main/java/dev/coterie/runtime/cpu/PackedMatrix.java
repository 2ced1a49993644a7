// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import java.lang.foreign.MemorySegment;

/**
 * A weight matrix in a {@link Layout}.
 *
 * @param layout how it lies in memory
 * @param rows outputs; the last group is filled up with zeros
 * @param columns inputs
 * @param data {@code groups · groupBytes} bytes
 */
public record PackedMatrix(Layout layout, int rows, int columns, MemorySegment data) {
  /** The number of row groups. */
  public int groups() {
    return (rows + Layout.GROUP_ROWS - 1) / Layout.GROUP_ROWS;
  }

  /** The bytes of a row group. */
  public long groupBytes() {
    return groupBytes(layout, columns);
  }

  static long groupBytes(Layout layout, int columns) {
    int tiles = Math.ceilDiv(columns, layout.tileColumns()); // the last is filled up with zeros
    return Math.multiplyExact((long) tiles, layout.tileBytes());
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A weight as it lies in the model file. Immutable; the engine owns the memory and keeps it until
 * every executable that uses it is closed.
 *
 * @param name its name in the file, such as {@code blk.0.attn_q.weight}
 * @param type how its values are encoded
 * @param shape its dimensions, slowest first: {@code [out, in]} for a matrix, {@code [n]} for a
 *     vector
 * @param data the encoded values, row after row; exactly as long as type and shape ask
 */
public record Tensor(String name, DataType type, List<Long> shape, MemorySegment data) {
  /**
   * Checks type and shape against the data.
   *
   * @throws IllegalArgumentException if the data is not as long as type and shape ask
   */
  public Tensor {
    shape = List.copyOf(shape);
    long elements = shape.stream().reduce(1L, Math::multiplyExact);
    long bytes = type.bytes(elements);
    if (data.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "tensor '"
              + name
              + "': expected "
              + bytes
              + " bytes for "
              + type
              + " "
              + shape
              + ", found "
              + data.byteSize());
    }
  }

  /**
   * The length of a row: the last dimension.
   *
   * @return elements
   */
  public int columns() {
    return Math.toIntExact(shape.getLast());
  }

  /**
   * The number of rows: all dimensions but the last, multiplied.
   *
   * @return rows
   */
  public int rows() {
    long rows = 1;
    for (long dimension : shape.subList(0, shape.size() - 1)) {
      rows = Math.multiplyExact(rows, dimension);
    }
    return Math.toIntExact(rows);
  }

  /**
   * Decodes one row.
   *
   * @param row its index
   * @param out receives {@link #columns()} values
   * @param offset where in {@code out} they begin
   */
  public void decodeRow(int row, float[] out, int offset) {
    type.decode(data, row * type.bytes(columns()), columns(), out, offset);
  }
}

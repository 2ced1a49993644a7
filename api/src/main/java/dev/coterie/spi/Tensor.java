// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A weight as it lies in the model file. Immutable; the engine owns the memory and keeps it until
 * every executable that uses it is closed.
 *
 * @param name its name in the file, such as {@code blk.0.attn_q.weight}
 * @param type how its values are encoded
 * @param shape its dimensions, slowest first: {@code [out, in]} for a matrix, {@code [n]} for a
 *     vector
 * @param data the encoded values, row after row; exactly as long as type and shape ask, or of no
 *     length where the values are still to be made ({@link #hasData()})
 * @param scales factors that the values are to be multiplied with, or null
 */
public record Tensor(
    String name, DataType type, List<Long> shape, MemorySegment data, @Nullable Scales scales) {
  /**
   * Factors for rectangular blocks of a matrix, as FP8 and FP4 checkpoints have them. The value at
   * row r and column c is multiplied with the factor at {@code [r / blockRows, c / blockColumns]}.
   *
   * @param factors a matrix of them; blocks at the edges may be cut off
   * @param blockRows rows that share a factor
   * @param blockColumns columns that share a factor
   */
  public record Scales(Tensor factors, int blockRows, int blockColumns) {}

  /**
   * A tensor without separate scales.
   *
   * @param name as in the file
   * @param type how a value is stored
   * @param shape outermost dimension first
   * @param data the values, as long as type and shape ask
   * @throws IllegalArgumentException if the data is not as long as type and shape ask
   */
  public Tensor(String name, DataType type, List<Long> shape, MemorySegment data) {
    this(name, type, shape, data, null);
  }

  /**
   * Checks type and shape against the data, and the scales against the shape.
   *
   * @throws IllegalArgumentException if they do not go together
   */
  public Tensor {
    shape = List.copyOf(shape);
    long elements = shape.stream().reduce(1L, Math::multiplyExact);
    long bytes = type.bytes(elements);
    if (data.byteSize() != bytes && data.byteSize() != 0) {
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
    if (scales != null) {
      Tensor factors = scales.factors();
      long rows = elements / Math.max(1, shape.getLast());
      if (factors.rows() != Math.ceilDiv(rows, (long) scales.blockRows())
          || factors.columns() != Math.ceilDiv(shape.getLast(), (long) scales.blockColumns())) {
        throw new IllegalArgumentException(
            "tensor '"
                + name
                + "': expected a scale for each "
                + scales.blockRows()
                + " x "
                + scales.blockColumns()
                + " block of "
                + shape
                + ", found "
                + factors.shape());
      }
    }
  }

  /**
   * A tensor whose values are still to be made: its graph can be planned, not computed.
   *
   * @param name its name in the file
   * @param type how its values will be encoded
   * @param shape its dimensions, slowest first
   * @param scales factors, or null
   * @return a tensor without data
   */
  public static Tensor planned(
      String name, DataType type, List<Long> shape, @Nullable Scales scales) {
    return new Tensor(name, type, shape, MemorySegment.ofArray(new byte[0]), scales);
  }

  /**
   * Whether the values are there.
   *
   * @return false for a tensor that is only planned
   */
  public boolean hasData() {
    return data.byteSize() != 0;
  }

  /**
   * The number of values.
   *
   * @return the product of the shape
   */
  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /**
   * The size in the model file, scales included.
   *
   * @return bytes
   */
  public long bytes() {
    return type.bytes(elements()) + (scales == null ? 0 : scales.factors().bytes());
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
   * Decodes one row, scales applied.
   *
   * @param row its index
   * @param out receives {@link #columns()} values
   * @param offset where in {@code out} they begin
   */
  public void decodeRow(int row, float[] out, int offset) {
    int columns = columns();
    type.decode(data, row * type.bytes(columns), columns, out, offset);
    if (scales != null) {
      float[] factors = new float[scales.factors().columns()];
      scales.factors().decodeRow(row / scales.blockRows(), factors, 0);
      for (int i = 0; i < columns; i++) {
        out[offset + i] *= factors[i / scales.blockColumns()];
      }
    }
  }

  /**
   * One of the matrices that are stacked along the first dimension.
   *
   * @param index which
   * @return a tensor of one dimension less, on the same memory
   * @throws IllegalStateException if the tensor has scales
   */
  public Tensor slice(int index) {
    if (scales != null) {
      throw new IllegalStateException("tensor '" + name + "' has scales and cannot be cut");
    }
    String part = name + "[" + index + "]";
    List<Long> rest = shape.subList(1, shape.size());
    if (!hasData()) {
      return planned(part, type, rest, null);
    }
    long bytes = data.byteSize() / shape.getFirst();
    return new Tensor(part, type, rest, data.asSlice(index * bytes, bytes));
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Tensor.Scales;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Cuts and turns matrices without changing a value. The type is kept where scales allow it; where a
 * cut goes through a block that shares a scale, the result is F32. New memory belongs to the
 * garbage collector.
 *
 * @param planning whether what needs new memory is only planned ({@link Tensor#planned})
 */
record Matrices(boolean planning) {
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final int TILE = 32;

  /** One of the matrices of a stack, on the same memory where possible. */
  Tensor ofStack(Tensor stack, int index) {
    long rows = stack.shape().get(1);
    return rows(stack, index * rows, rows);
  }

  /** Consecutive rows of a matrix, on the same memory where possible. */
  Tensor rows(Tensor matrix, long from, long count) {
    return rows(matrix, from, 1, count);
  }

  /** Rows of a matrix that are a step apart. */
  Tensor rows(Tensor matrix, long from, long step, long count) {
    List<Long> shape = List.of(count, (long) matrix.columns());
    Scales scales = matrix.scales();
    if (scales == null) {
      return picked(matrix, from, step, shape, null);
    }
    int block = scales.blockRows();
    boolean whole = from % block == 0 && (count % block == 0 || from + count == matrix.rows());
    if (block > 1 && (step > 1 || !whole)) {
      return rows(decoded(matrix), from, step, count);
    }
    Tensor factors =
        block == 1
            ? rows(scales.factors(), from, step, count)
            : rows(scales.factors(), from / block, 1, Math.ceilDiv(count, (long) block));
    return picked(matrix, from, step, shape, new Scales(factors, block, scales.blockColumns()));
  }

  /**
   * Columns of a matrix that are a step apart, as rows.
   *
   * @param matrix without scales, of a type that is not packed
   */
  Tensor transposed(Tensor matrix, long from, long step, long count) {
    List<Long> shape = List.of(count, (long) matrix.rows());
    if (planning) {
      return Tensor.planned(matrix.name(), matrix.type(), shape, null);
    }
    MemorySegment out = allocate(count * matrix.rows() * matrix.type().blockBytes());
    transpose(matrix, 0, matrix.rows(), from, step, count, out, 0);
    return new Tensor(matrix.name(), matrix.type(), shape, out);
  }

  /** Matrices of one shape, one after another. */
  Tensor stacked(List<Tensor> matrices) {
    Tensor first = matrices.getFirst();
    Scales scales = first.scales();
    boolean alike =
        matrices.stream()
            .allMatch(m -> m.type() == first.type() && (m.scales() == null) == (scales == null));
    boolean cut = scales != null && first.rows() % scales.blockRows() != 0;
    if (!alike || cut) {
      return stacked(matrices.stream().map(this::decoded).toList());
    }
    List<Long> shape = new ArrayList<>(first.shape());
    shape.addFirst((long) matrices.size());
    @Nullable Scales joined = null;
    if (scales != null) {
      List<Tensor> factors = new ArrayList<>();
      for (Tensor matrix : matrices) {
        factors.add(matrix.scales() == null ? scales.factors() : matrix.scales().factors());
      }
      joined = new Scales(stacked(factors), scales.blockRows(), scales.blockColumns());
    }
    if (planning) {
      return Tensor.planned(first.name(), first.type(), shape, joined);
    }
    long bytes = first.data().byteSize();
    MemorySegment out = allocate(Math.multiplyExact(bytes, (long) matrices.size()));
    for (int i = 0; i < matrices.size(); i++) {
      out.asSlice(i * bytes, bytes).copyFrom(matrices.get(i).data());
    }
    return new Tensor(first.name(), first.type(), shape, out, joined);
  }

  /** Two matrices side by side. */
  Tensor beside(Tensor left, Tensor right) {
    Scales scales = left.scales();
    boolean plain = scales == null && right.scales() == null && left.type() == right.type();
    if (!plain) {
      boolean decodedAlready = left.type() == DataType.F32 && right.type() == DataType.F32;
      if (!decodedAlready || scales != null || right.scales() != null) {
        return beside(decoded(left), decoded(right));
      }
    }
    List<Long> shape = List.of((long) left.rows(), (long) left.columns() + right.columns());
    if (planning) {
      return Tensor.planned(left.name(), left.type(), shape, null);
    }
    long leftBytes = left.type().bytes(left.columns());
    long rightBytes = left.type().bytes(right.columns());
    long rowBytes = leftBytes + rightBytes;
    MemorySegment out = allocate(Math.multiplyExact(rowBytes, (long) left.rows()));
    for (long row = 0; row < left.rows(); row++) {
      MemorySegment.copy(left.data(), row * leftBytes, out, row * rowBytes, leftBytes);
      MemorySegment.copy(
          right.data(), row * rightBytes, out, row * rowBytes + leftBytes, rightBytes);
    }
    return new Tensor(left.name(), left.type(), shape, out);
  }

  /**
   * The rows of a matrix that belong to heads, head after head.
   *
   * @param matrix {@code [heads · headRows, columns]}
   * @param from the first row that is taken of a head
   * @param count how many rows are taken of a head
   * @return {@code [heads, count, columns]}
   */
  Tensor ofHeads(Tensor matrix, int heads, int from, int count) {
    int headRows = matrix.rows() / heads;
    Scales scales = matrix.scales();
    if (scales != null && cuts(scales, headRows, from, count)) {
      return ofHeads(decoded(matrix), heads, from, count);
    }
    List<Tensor> parts = new ArrayList<>(heads);
    for (int head = 0; head < heads; head++) {
      parts.add(rows(matrix, (long) head * headRows + from, count));
    }
    return stacked(parts);
  }

  /**
   * The rows of a matrix that belong to heads, turned head by head.
   *
   * @return {@code [heads, columns, count]}
   */
  Tensor ofHeadsTransposed(Tensor matrix, int heads, int from, int count) {
    int headRows = matrix.rows() / heads;
    int columns = matrix.columns();
    Scales scales = matrix.scales();
    boolean cut =
        scales != null
            && (cuts(scales, headRows, from, count) || columns % scales.blockColumns() != 0);
    if (cut || matrix.type().blockSize() != 1) {
      return ofHeadsTransposed(decoded(matrix), heads, from, count);
    }
    @Nullable Scales turned = null;
    if (scales != null) {
      int block = scales.blockRows();
      Tensor factors = ofHeadsTransposed(scales.factors(), heads, from / block, count / block);
      turned = new Scales(factors, scales.blockColumns(), block);
    }
    List<Long> shape = List.of((long) heads, (long) columns, (long) count);
    if (planning) {
      return Tensor.planned(matrix.name(), matrix.type(), shape, turned);
    }
    long headBytes = matrix.type().bytes((long) count * columns);
    MemorySegment out = allocate(Math.multiplyExact(headBytes, (long) heads));
    for (int head = 0; head < heads; head++) {
      long first = (long) head * headRows + from;
      transpose(matrix, first, count, 0, 1, columns, out, head * headBytes);
    }
    return new Tensor(matrix.name(), matrix.type(), shape, out, turned);
  }

  /** The same values as F32, without scales. */
  Tensor decoded(Tensor matrix) {
    if (matrix.type() == DataType.F32 && matrix.scales() == null) {
      return matrix;
    }
    if (planning) {
      return Tensor.planned(matrix.name(), DataType.F32, matrix.shape(), null);
    }
    int columns = matrix.columns();
    MemorySegment out = allocate(Math.multiplyExact(4L * columns, (long) matrix.rows()));
    float[] row = new float[columns];
    for (int i = 0; i < matrix.rows(); i++) {
      matrix.decodeRow(i, row, 0);
      MemorySegment.copy(row, 0, out, LittleEndian.FLOAT, 4L * i * columns, columns);
    }
    return new Tensor(matrix.name(), DataType.F32, matrix.shape(), out);
  }

  private static boolean cuts(Scales scales, int headRows, int from, int count) {
    int block = scales.blockRows();
    return headRows % block != 0 || from % block != 0 || count % block != 0;
  }

  /** Rows of a matrix, with their scales. */
  private Tensor picked(
      Tensor matrix, long from, long step, List<Long> shape, @Nullable Scales scales) {
    if (!matrix.hasData() || (step > 1 && planning)) {
      return Tensor.planned(matrix.name(), matrix.type(), shape, scales);
    }
    long count = shape.getFirst();
    long bytes = matrix.type().bytes(matrix.columns());
    if (step == 1) {
      MemorySegment data = matrix.data().asSlice(from * bytes, count * bytes);
      return new Tensor(matrix.name(), matrix.type(), shape, data, scales);
    }
    MemorySegment out = allocate(Math.multiplyExact(count, bytes));
    for (long row = 0; row < count; row++) {
      MemorySegment.copy(matrix.data(), (from + row * step) * bytes, out, row * bytes, bytes);
    }
    return new Tensor(matrix.name(), matrix.type(), shape, out, scales);
  }

  /** Turns rows of a matrix, and of these every so many columns, in tiles that fit in a cache. */
  private static void transpose(
      Tensor matrix,
      long firstRow,
      long rows,
      long firstColumn,
      long step,
      long columns,
      MemorySegment out,
      long outOffset) {
    int width = matrix.type().blockBytes();
    long rowBytes = matrix.type().bytes(matrix.columns());
    LongUnaryOperator rowAt = row -> (firstRow + row) * rowBytes + firstColumn * width;
    for (long r = 0; r < rows; r += TILE) {
      for (long c = 0; c < columns; c += TILE) {
        for (long row = r; row < Math.min(rows, r + TILE); row++) {
          long in = rowAt.applyAsLong(row);
          for (long column = c; column < Math.min(columns, c + TILE); column++) {
            copy(
                matrix.data(),
                in + column * step * width,
                out,
                outOffset + (column * rows + row) * width,
                width);
          }
        }
      }
    }
  }

  private static void copy(MemorySegment in, long from, MemorySegment out, long to, int width) {
    switch (width) {
      case 1 -> out.set(ValueLayout.JAVA_BYTE, to, in.get(ValueLayout.JAVA_BYTE, from));
      case 2 -> out.set(SHORT, to, in.get(SHORT, from));
      default -> out.set(INT, to, in.get(INT, from));
    }
  }

  private static MemorySegment allocate(long bytes) {
    return Arena.ofAuto().allocate(bytes, 64);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.layer;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Cuts rows out of a matrix. */
final class Rows {
  private Rows() {}

  /**
   * Some rows, on the same memory where that is possible. Where blocks of scales reach over the
   * cut, the rows are decoded.
   */
  static Tensor of(Tensor matrix, int from, int count) {
    int columns = matrix.columns();
    List<Long> shape = List.of((long) count, (long) columns);
    String name = matrix.name() + "[" + from + ", " + (from + count) + ")";
    long rowBytes = matrix.type().bytes(columns);
    Tensor.Scales scales = matrix.scales();
    if (!matrix.hasData()) {
      return planned(matrix, name, shape, from, count);
    }
    MemorySegment data = matrix.data().asSlice(from * rowBytes, count * rowBytes);
    if (scales == null) {
      return new Tensor(name, matrix.type(), shape, data);
    }
    if (from % scales.blockRows() == 0) {
      int first = from / scales.blockRows();
      Tensor factors = of(scales.factors(), first, Math.ceilDiv(count, scales.blockRows()));
      return new Tensor(
          name,
          matrix.type(),
          shape,
          data,
          new Tensor.Scales(factors, scales.blockRows(), scales.blockColumns()));
    }
    MemorySegment decoded = Arena.ofAuto().allocate(4L * count * columns, 64);
    float[] row = new float[columns];
    for (int i = 0; i < count; i++) {
      matrix.decodeRow(from + i, row, 0);
      MemorySegment.copy(row, 0, decoded, ValueLayout.JAVA_FLOAT, 4L * i * columns, columns);
    }
    return new Tensor(name, DataType.F32, shape, decoded);
  }

  /** The rows of a matrix that has no data yet. */
  private static Tensor planned(Tensor matrix, String name, List<Long> shape, int from, int count) {
    Tensor.Scales scales = matrix.scales();
    if (scales == null) {
      return Tensor.planned(name, matrix.type(), shape, null);
    }
    if (from % scales.blockRows() != 0) {
      return Tensor.planned(name, DataType.F32, shape, null);
    }
    int first = from / scales.blockRows();
    Tensor factors = of(scales.factors(), first, Math.ceilDiv(count, scales.blockRows()));
    return Tensor.planned(
        name,
        matrix.type(),
        shape,
        new Tensor.Scales(factors, scales.blockRows(), scales.blockColumns()));
  }
}

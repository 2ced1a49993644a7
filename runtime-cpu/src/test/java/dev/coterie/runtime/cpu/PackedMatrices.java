// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import dev.coterie.testkit.RandomTensors;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Matrices of every type and of awkward sizes, and their packed forms. */
public final class PackedMatrices {
  private PackedMatrices() {}

  /** Of every type: rows around a group's and two groups', a few and many blocks of columns. */
  public static Stream<Tensor> tensors() {
    List<Tensor> tensors = new ArrayList<>();
    RandomTensors random = new RandomTensors(11);
    for (DataType type : DataType.values()) {
      for (int rows : List.of(1, 15, 16, 17, 33)) {
        for (int columns : List.of(32, 96, 256, 288, 768)) {
          if (columns % type.blockSize() == 0) {
            String name = type + " " + rows + "x" + columns;
            tensors.add(random.matrix(name, type, rows, columns, 0.5));
            tensors.add(random.adversarial(name + " adversarial", type, rows, columns, 0.5));
          }
        }
      }
    }
    return tensors.stream();
  }

  /** Packs every group. */
  public static PackedMatrix pack(Tensor tensor, Arena arena) {
    Layout layout = Packer.layout(tensor);
    int groups = Math.ceilDiv(tensor.rows(), Layout.GROUP_ROWS);
    PackedMatrix matrix =
        new PackedMatrix(
            layout,
            tensor.rows(),
            tensor.columns(),
            arena.allocate(groups * PackedMatrix.groupBytes(layout, tensor.columns()), 64));
    Packer packer = new Packer(tensor);
    // downwards, so that nothing of the group before is left in a buffer
    IntStream.range(0, groups).forEach(i -> packer.pack(groups - 1 - i, matrix.data()));
    return matrix;
  }

  /** A row as the type defines it; past the last row, zeros. No zero is negative. */
  public static float[] row(Tensor tensor, int row) {
    float[] values = new float[tensor.columns()];
    if (row < tensor.rows()) {
      tensor.decodeRow(row, values, 0);
    }
    return withoutNegativeZeros(values);
  }

  /** One row's column of a panel, {@code [inputs, stride]}. */
  public static float[] column(float[] panel, int stride, int column, int inputs) {
    float[] values = new float[inputs];
    for (int i = 0; i < inputs; i++) {
      values[i] = panel[i * stride + column];
    }
    return withoutNegativeZeros(values);
  }

  private static float[] withoutNegativeZeros(float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] += 0f;
    }
    return values;
  }
}

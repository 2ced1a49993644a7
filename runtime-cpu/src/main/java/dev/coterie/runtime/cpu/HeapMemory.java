// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * Gives out the arrays of a plan, and counts them. While one is only estimated they have no length.
 */
final class HeapMemory {
  private final boolean estimating;
  private long bytes;

  private HeapMemory(boolean estimating) {
    this.estimating = estimating;
  }

  /** Gives out what is asked for. */
  static HeapMemory allocating() {
    return new HeapMemory(false);
  }

  /** Counts what is asked for, and gives out nothing. */
  static HeapMemory estimating() {
    return new HeapMemory(true);
  }

  float[] floats(int length) {
    bytes += (long) Float.BYTES * length;
    return new float[estimating ? 0 : length];
  }

  int[] ints(int length) {
    bytes += (long) Integer.BYTES * length;
    return new int[estimating ? 0 : length];
  }

  /** Room for prepared rows, which lies outside of the heap where kernels want it so. */
  Prepared prepared(Kernels kernels, int rows, int columns, Arena arena) {
    bytes += kernels.preparedBytes(rows, columns);
    return estimating ? Prepared.NONE : kernels.newPrepared(rows, columns, arena);
  }

  /** All values of a small tensor. */
  float[] vector(Tensor tensor) {
    int columns = tensor.columns();
    float[] values = floats(Math.multiplyExact(tensor.rows(), columns));
    for (int row = 0; row < tensor.rows() && !estimating; row++) {
      tensor.decodeRow(row, values, row * columns);
    }
    return values;
  }

  float[] ones(int length) {
    float[] values = floats(length);
    Arrays.fill(values, 1);
    return values;
  }

  /** What was asked for. */
  long bytes() {
    return bytes;
  }
}

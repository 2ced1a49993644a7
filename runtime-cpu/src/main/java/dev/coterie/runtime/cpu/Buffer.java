// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

/**
 * Room for an activation: {@code maxRows} rows, each padded to {@code stride} values. Values whose
 * lives do not overlap share one.
 */
final class Buffer {
  final float[] data; // [maxRows, stride]
  final int stride;

  Buffer(HeapMemory heap, int maxRows, int stride) {
    data = heap.floats(Math.multiplyExact(maxRows, stride));
    this.stride = stride;
  }

  static int padded(int width) {
    return Math.multiplyExact(Math.ceilDiv(width, Kernels.ROW_PADDING), Kernels.ROW_PADDING);
  }
}

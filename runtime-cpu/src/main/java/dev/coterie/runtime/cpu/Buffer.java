// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Room for an activation: {@code maxRows} rows, each padded to {@code stride} values. Values whose
 * lives do not overlap share one.
 */
final class Buffer {
  final float[] data; // [maxRows, stride]
  final MemorySegment segment; // the same
  final int stride;
  @Nullable Prepared prepared; // the form that products take, where some do

  Buffer(HeapMemory heap, int maxRows, int stride) {
    data = heap.floats(Math.multiplyExact(maxRows, stride));
    segment = MemorySegment.ofArray(data);
    this.stride = stride;
  }

  static int padded(int width) {
    return Math.multiplyExact(Math.ceilDiv(width, Kernels.ROW_PADDING), Kernels.ROW_PADDING);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import java.util.Objects;

/** What one thread needs for itself. */
final class Worker {
  final Kernels kernels;
  final Kernels.Scratch scratch;
  final AttentionWork attention = new AttentionWork();
  final float[] queries; // of several heads of several rows, for attention
  final float[] attended;
  private float[] temporary;
  private Buffer row = new Buffer(HeapMemory.allocating(), 1, 0);

  Worker(Kernels kernels, int maxKeySize, int maxTemporary) {
    this.kernels = kernels;
    scratch = kernels.newScratch(maxKeySize);
    queries = new float[AttentionWork.MAX_QUERIES * maxKeySize];
    attended = new float[AttentionWork.MAX_QUERIES * maxKeySize];
    temporary = new float[maxTemporary];
  }

  long bytes() {
    int floats = queries.length + attended.length + temporary.length;
    return scratch.bytes() + (long) Float.BYTES * floats;
  }

  /** Prepares a stretch of a row of the batch for the products that follow. */
  void prepare(Buffer buffer, int rows, int row, int from, int count) {
    Prepared prepared = Objects.requireNonNull(buffer.prepared);
    long at = (long) row * buffer.stride + from;
    kernels.prepare(buffer.segment, at, prepared, 0, rows, row, from, count);
  }

  /** Room for a row for a moment; what it holds is of no account. */
  Buffer row(int stride) {
    if (row.stride < stride) {
      row = new Buffer(HeapMemory.allocating(), 1, stride);
    }
    return row;
  }

  /** Room for a moment, grown to the need; what it holds is of no account. */
  float[] temporary(int length) {
    if (temporary.length < length) {
      temporary = new float[length];
    }
    return temporary;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import dev.coterie.runtime.cpu.AttentionWork;
import dev.coterie.runtime.cpu.Kernels;
import dev.coterie.runtime.cpu.PagedCache;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The memory that one thread needs. */
final class VectorScratch implements Kernels.Scratch {
  /**
   * The inputs of a panel: a whole number of blocks, and with 32 outputs 32 KiB, a first-level
   * cache.
   */
  static final int PANEL_INPUTS = 256;

  final MemorySegment panel; // [PANEL_INPUTS, 32] floats
  final MemorySegment keys; // [headSize, 32] floats
  final float[] extra; // [headSize, 32]: keys that are not in the cache
  final MemorySegment values; // [headSize / 32, 32, 32] floats
  final float[] scores = new float[AttentionWork.MAX_QUERIES * PagedCache.PANEL]; // [rows, 32]
  final float[] sums; // [headSize padded] for each row
  final int sumStride;
  final float[] most = new float[AttentionWork.MAX_QUERIES]; // the largest score so far
  final float[] total = new float[AttentionWork.MAX_QUERIES]; // the sum of the weights so far
  final int[] visible = new int[AttentionWork.MAX_QUERIES]; // tokens of a block, a bit each
  final float[] factors = new float[AttentionWork.MAX_QUERIES]; // for what was summed so far
  final float[] lanes = new float[16];
  float[] inputSums = {}; // the sums of the inputs that share a scale
  float[] scales = {}; // [sub-blocks, 16 rows] of one row group
  float[] minima = {}; // [sub-blocks, 16 rows]
  float[] exponentials = {}; // of a stretch of values

  VectorScratch(int maxKeySize) {
    sumStride = Math.ceilDiv(maxKeySize, PagedCache.PANEL) * PagedCache.PANEL;
    Arena arena = Arena.ofAuto();
    panel = arena.allocate(4L * PANEL_INPUTS * PagedCache.PANEL, 64);
    extra = new float[maxKeySize * PagedCache.PANEL];
    keys = arena.allocate(4L * maxKeySize * PagedCache.PANEL, 64);
    values = arena.allocate(4L * sumStride * PagedCache.PANEL, 64);
    sums = new float[AttentionWork.MAX_QUERIES * sumStride];
  }

  void reserveScales(int count) {
    if (scales.length < count) {
      scales = new float[count];
      minima = new float[count];
    }
  }

  @Override
  public long bytes() {
    long floats = (long) sums.length + extra.length + scores.length;
    floats += inputSums.length + scales.length + minima.length + exponentials.length;
    return panel.byteSize() + keys.byteSize() + values.byteSize() + Float.BYTES * floats;
  }
}

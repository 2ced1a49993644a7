// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.runtime.cpu.AttentionWork;
import dev.coterie.runtime.cpu.Kernels;
import dev.coterie.runtime.cpu.PagedCache;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.Map;

/** The memory that one thread needs: that of the other tier, and arrays that machine code takes. */
final class NativeScratch implements Kernels.Scratch {
  final Kernels.Scratch others;
  final int sumStride; // a whole number of panels
  final float[] sums; // [queries, sumStride]
  final float[] state = new float[SoftmaxCode.PAIRS + 2 * AttentionWork.MAX_QUERIES];
  final int[] visible = new int[AttentionWork.MAX_QUERIES];
  final MemorySegment scoresSegment =
      MemorySegment.ofArray(new float[AttentionWork.MAX_QUERIES * PagedCache.PANEL]);
  final MemorySegment sumsSegment;
  final MemorySegment stateSegment = MemorySegment.ofArray(state);
  final MemorySegment visibleSegment = MemorySegment.ofArray(visible);

  private final Map<float[], MemorySegment> segments = new IdentityHashMap<>();

  NativeScratch(Kernels.Scratch others, int maxKeySize) {
    this.others = others;
    sumStride = Math.ceilDiv(maxKeySize, PagedCache.PANEL) * PagedCache.PANEL;
    sums = new float[AttentionWork.MAX_QUERIES * sumStride];
    sumsSegment = MemorySegment.ofArray(sums);
  }

  /** An array as a segment, always the same: there are as many as a model has buffers and norms. */
  MemorySegment segment(float[] array) {
    MemorySegment segment = segments.get(array);
    if (segment == null) {
      segment = MemorySegment.ofArray(array);
      segments.put(array, segment);
    }
    return segment;
  }

  @Override
  public long bytes() {
    return others.bytes()
        + scoresSegment.byteSize()
        + sumsSegment.byteSize()
        + stateSegment.byteSize()
        + visibleSegment.byteSize();
  }
}

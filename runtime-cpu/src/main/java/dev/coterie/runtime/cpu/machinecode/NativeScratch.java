// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.runtime.cpu.AttentionWork;
import dev.coterie.runtime.cpu.Kernels;
import dev.coterie.runtime.cpu.PagedCache;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.Map;

/** The memory that one thread needs: that of the other tier, and what machine code works in. */
final class NativeScratch implements Kernels.Scratch {
  private static final int QUERIES = AttentionWork.MAX_QUERIES;
  private static final int LINE = 64;

  final Kernels.Scratch others;
  final int sumStride; // a whole number of panels
  final MemorySegment queries; // [QUERIES, keySize]
  final MemorySegment scores; // [QUERIES, SoftmaxCode.SCORES]
  final MemorySegment sums; // [QUERIES, sumStride]
  final MemorySegment state;
  final MemorySegment visible; // [steps, QUERIES, SoftmaxCode.BLOCKS]
  final int[] bits = new int[QUERIES]; // of one block
  final int[] seen = new int[SoftmaxCode.BLOCKS]; // where the blocks of a step begin
  final CallList calls;

  final RecentSegments operands = new RecentSegments(); // of products
  final MemorySegment rounded; // rows of pairs, if activations are rounded

  private final Map<float[], MemorySegment> segments = new IdentityHashMap<>();

  NativeScratch(Kernels.Scratch others, int maxKeySize, int roundedFloats) {
    this.others = others;
    Arena arena = Arena.ofAuto();
    sumStride = Math.ceilDiv(maxKeySize, PagedCache.PANEL) * PagedCache.PANEL;
    queries = floats(QUERIES * maxKeySize, arena);
    scores = floats(QUERIES * SoftmaxCode.SCORES, arena);
    sums = floats(QUERIES * sumStride, arena);
    state = floats(SoftmaxCode.PAIRS + 2 * QUERIES, arena);
    int steps = NativeAttention.STEPS_OF_CALL * QUERIES * SoftmaxCode.VISIBLE_BYTES;
    visible = arena.allocate(steps + Short.BYTES, LINE); // as much is read beyond
    rounded = floats(roundedFloats, arena);
    calls = new CallList(NativeAttention.STEPS_OF_CALL * NativeAttention.KERNELS_OF_STEP);
  }

  private static MemorySegment floats(int count, Arena arena) {
    return arena.allocate((long) Float.BYTES * count, LINE);
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
        + queries.byteSize()
        + scores.byteSize()
        + sums.byteSize()
        + state.byteSize()
        + visible.byteSize()
        + rounded.byteSize()
        + calls.bytes();
  }
}

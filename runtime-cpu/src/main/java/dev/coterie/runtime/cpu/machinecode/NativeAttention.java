// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.CacheType;
import dev.coterie.foreign.ExecutableMemory;
import dev.coterie.runtime.cpu.AttentionWork;
import dev.coterie.runtime.cpu.PagedCache;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * Attention over F16 and F32 caches in machine code for vectors of 512 bits, one cache block of 32
 * tokens after the other, with the softmax kept as a running maximum and sum (online softmax).
 */
final class NativeAttention {
  private static final int TOKENS = PagedCache.PANEL;
  private static final long SCORES_ROW = (long) Float.BYTES * TOKENS;

  private final MemorySegment[] halves = new MemorySegment[PanelCode.MOST_ROWS];
  private final MemorySegment[] floats = new MemorySegment[PanelCode.MOST_ROWS];
  private final MemorySegment softmax;

  /**
   * Assembles kernels.
   *
   * @param arena keeps the code
   */
  NativeAttention(Arena arena) {
    ExecutableMemory memory = ExecutableMemory.instance();
    for (int rows = 1; rows <= PanelCode.MOST_ROWS; rows++) {
      halves[rows - 1] = memory.place(PanelCode.assemble(true, rows), arena);
      floats[rows - 1] = memory.place(PanelCode.assemble(false, rows), arena);
    }
    softmax = memory.place(SoftmaxCode.assemble(), arena);
  }

  /** Whether the work can be done here. */
  static boolean supports(AttentionWork work) {
    return work.cache.type() != CacheType.Q8_0
        && work.cache.hasValues(work.layer)
        && work.extraPanels == 0;
  }

  void attend(AttentionWork work, NativeScratch scratch) {
    PagedCache cache = work.cache;
    MemorySegment[] kernels = cache.type() == CacheType.F16 ? halves : floats;
    int queries = work.queries;
    int size = work.valueSize;
    int panels = Math.ceilDiv(size, TOKENS);
    int stride = scratch.sumStride;
    long sumRow = (long) Float.BYTES * stride;
    float[] state = scratch.state;
    Arrays.fill(scratch.sums, 0, queries * stride, 0);
    state[0] = work.scale;
    for (int i = 0; i < queries; i++) {
      state[SoftmaxCode.PAIRS + 2 * i] = Float.NEGATIVE_INFINITY;
      state[SoftmaxCode.PAIRS + 2 * i + 1] = 0;
    }
    long keys = cache.keyOffset(work.layer, work.keyValueHead);
    long values = cache.valueOffset(work.layer, work.keyValueHead);
    long queryAt = (long) Float.BYTES * work.queryOffset;
    long queryRow = (long) Float.BYTES * work.queryStride;
    long queryBytes = (queries - 1) * queryRow + (long) Float.BYTES * work.keySize;
    Objects.checkFromIndexSize(queryAt, queryBytes, work.querySegment.byteSize());
    int last = work.lastPosition();
    for (int first = work.firstBlockPosition(); first <= last; first += TOKENS) {
      if (!work.visible(first, scratch.visible)) {
        continue;
      }
      MemorySegment block = cache.block(work.blockTable[first / TOKENS]);
      for (int row = 0; row < queries; row += PanelCode.MOST_ROWS) {
        Calls.panels(
            kernels[Math.min(PanelCode.MOST_ROWS, queries - row) - 1],
            block,
            keys,
            work.keySize,
            work.querySegment,
            queryAt + row * queryRow,
            queryRow,
            scratch.scoresSegment,
            row * SCORES_ROW,
            SCORES_ROW,
            1,
            0);
      }
      Calls.softmax(
          softmax,
          scratch.scoresSegment,
          scratch.visibleSegment,
          scratch.stateSegment,
          scratch.sumsSegment,
          sumRow,
          panels * TOKENS / 16,
          queries);
      int tokens = Math.min(TOKENS, last - first + 1);
      for (int row = 0; row < queries; row += PanelCode.MOST_ROWS) {
        Calls.panels(
            kernels[Math.min(PanelCode.MOST_ROWS, queries - row) - 1],
            block,
            values,
            tokens,
            scratch.scoresSegment,
            row * SCORES_ROW,
            SCORES_ROW,
            scratch.sumsSegment,
            row * sumRow,
            sumRow,
            panels,
            1);
      }
    }
    for (int i = 0; i < queries; i++) {
      int pair = SoftmaxCode.PAIRS + 2 * i;
      float factor = work.closing(i, state[pair], state[pair + 1]);
      int out = work.outputOffset + i * work.outputStride;
      int from = i * stride;
      for (int v = 0; v < size; v++) {
        work.output[out + v] = scratch.sums[from + v] * factor;
      }
    }
  }
}

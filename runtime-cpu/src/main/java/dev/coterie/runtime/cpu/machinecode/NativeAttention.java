// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.CacheType;
import dev.coterie.foreign.ExecutableMemory;
import dev.coterie.runtime.cpu.AttentionWork;
import dev.coterie.runtime.cpu.PagedCache;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;

/**
 * Attention in machine code for vectors of 512 bits, four cache blocks of 32 tokens after the
 * other, with the softmax kept as a running maximum and sum (online softmax).
 */
final class NativeAttention {
  /** The steps that are made in one call, which takes some 10 µs. */
  static final int STEPS_OF_CALL = 4;

  private static final int TILES = Math.ceilDiv(AttentionWork.MAX_QUERIES, PanelCode.MOST_ROWS);

  /** The kernels that run in a step: scores, softmax and sums. */
  static final int KERNELS_OF_STEP = 2 * SoftmaxCode.BLOCKS * TILES + 1;

  private static final int TOKENS = PagedCache.PANEL;
  private static final int STEP_TOKENS = SoftmaxCode.BLOCKS * TOKENS;
  private static final long SCORES_ROW = (long) Float.BYTES * SoftmaxCode.SCORES;

  private final MemorySegment[][] kernels = // [kind, rows - 1]
      new MemorySegment[PanelKind.values().length][PanelCode.MOST_ROWS];
  final MemorySegment softmax;

  /**
   * Assembles kernels.
   *
   * @param arena keeps the code
   */
  NativeAttention(Arena arena) {
    this(SoftmaxCode.assemble(), arena);
  }

  /** With other code for softmax, for tests. */
  NativeAttention(byte[] softmaxCode, Arena arena) {
    ExecutableMemory memory = ExecutableMemory.instance();
    for (PanelKind kind : PanelKind.values()) {
      for (int rows = 1; rows <= PanelCode.MOST_ROWS; rows++) {
        kernels(kind)[rows - 1] = memory.place(PanelCode.assemble(kind, rows), arena);
      }
    }
    softmax = memory.place(softmaxCode, arena);
  }

  /** The kernels for panels, by their number of rows less one. */
  MemorySegment[] kernels(PanelKind kind) {
    return kernels[kind.ordinal()];
  }

  /** Whether the work can be done here. */
  static boolean supports(AttentionWork work) {
    return work.cache.hasValues(work.layer) && work.extraPanels == 0;
  }

  void attend(AttentionWork work, NativeScratch scratch) {
    begin(work, scratch);
    int last = work.lastPosition();
    int first = work.firstBlockPosition();
    int steps = 0;
    // a query's steps are the same whatever rows it is computed with
    for (int step = first - first % STEP_TOKENS; step <= last; step += STEP_TOKENS) {
      if (step(work, scratch, step, steps % STEPS_OF_CALL, steps == 0)) {
        steps++;
        if (steps % STEPS_OF_CALL == 0) {
          scratch.calls.run();
        }
      }
    }
    if (steps == 0) {
      scratch.sums.fill((byte) 0);
    }
    scratch.calls.run();
    Reference.reachabilityFence(this);
    end(work, scratch);
  }

  private static void begin(AttentionWork work, NativeScratch scratch) {
    scratch.state.setAtIndex(ValueLayout.JAVA_FLOAT, 0, work.scale);
    for (int i = 0; i < work.queries; i++) {
      int pair = SoftmaxCode.PAIRS + 2 * i;
      scratch.state.setAtIndex(ValueLayout.JAVA_FLOAT, pair, Float.NEGATIVE_INFINITY);
      scratch.state.setAtIndex(ValueLayout.JAVA_FLOAT, pair + 1, 0);
      MemorySegment.copy(
          work.query,
          work.queryOffset + i * work.queryStride,
          scratch.queries,
          ValueLayout.JAVA_FLOAT,
          (long) Float.BYTES * i * work.keySize,
          work.keySize);
    }
  }

  /**
   * Lists the kernels of a step.
   *
   * @param first the position of its first token
   * @param slot where the step's bits lie
   * @param begins whether no sum has begun yet
   * @return whether anything is seen
   */
  private boolean step(
      AttentionWork work, NativeScratch scratch, int first, int slot, boolean begins) {
    long visible = (long) slot * AttentionWork.MAX_QUERIES * SoftmaxCode.VISIBLE_BYTES;
    int last = work.lastPosition();
    int blocks = 0;
    for (int at = first; at < first + STEP_TOKENS && at <= last; at += TOKENS) {
      if (!work.visible(at, scratch.bits)) {
        continue;
      }
      for (int i = 0; i < work.queries; i++) {
        long to = visible + (long) i * SoftmaxCode.VISIBLE_BYTES + Integer.BYTES * blocks;
        scratch.visible.set(ValueLayout.JAVA_INT, to, scratch.bits[i]);
      }
      scratch.seen[blocks++] = at;
    }
    if (blocks == 0) {
      return false;
    }
    CacheType type = work.cache.type();
    MemorySegment[] ofKeys = kernels(PanelKind.ofKeys(type));
    long queries = scratch.queries.address();
    long queryRow = (long) Float.BYTES * work.keySize;
    for (int i = 0; i < blocks; i++) {
      int at = scratch.seen[i];
      long keys = keys(work, at);
      long next = i + 1 < blocks ? keys(work, scratch.seen[i + 1]) : values(work, scratch.seen[0]);
      long scores = scratch.scores.address() + (long) Float.BYTES * TOKENS * i;
      panels(
          ofKeys,
          work.queries,
          scratch.calls,
          keys,
          next,
          work.keySize,
          queries,
          queryRow,
          scores,
          SCORES_ROW,
          1,
          false);
    }
    MemorySegment[] ofValues = kernels(PanelKind.ofValues(type));
    int panels = Math.ceilDiv(work.valueSize, TOKENS);
    long sums = scratch.sums.address();
    long sumRow = (long) Float.BYTES * scratch.sumStride;
    scratch.calls.add(
        softmax.address(),
        scratch.scores.address(),
        scratch.visible.address() + visible,
        scratch.state.address(),
        sums,
        sumRow,
        panels * TOKENS / 16,
        work.queries,
        blocks * TOKENS / 16,
        0,
        0,
        0);
    for (int i = 0; i < blocks; i++) {
      int at = scratch.seen[i];
      long values = values(work, at);
      long next = values;
      if (i + 1 < blocks) {
        next = values(work, scratch.seen[i + 1]);
      } else if (first + STEP_TOKENS <= last) {
        next = keys(work, first + STEP_TOKENS);
      }
      int tokens = Math.min(TOKENS, last - at + 1);
      long scores = scratch.scores.address() + (long) Float.BYTES * TOKENS * i;
      boolean accumulate = !begins || i > 0;
      panels(
          ofValues,
          work.queries,
          scratch.calls,
          values,
          next,
          tokens,
          scores,
          SCORES_ROW,
          sums,
          sumRow,
          panels,
          accumulate);
    }
    return true;
  }

  private static long keys(AttentionWork work, int position) {
    long block = work.cache.block(work.blockTable[position / TOKENS]).address();
    return block + work.cache.keyOffset(work.layer, work.keyValueHead);
  }

  private static long values(AttentionWork work, int position) {
    long block = work.cache.block(work.blockTable[position / TOKENS]).address();
    return block + work.cache.valueOffset(work.layer, work.keyValueHead);
  }

  /** Lists products of panels with all queries, or their scores. */
  private static void panels(
      MemorySegment[] kernels,
      int queries,
      CallList calls,
      long panel,
      long next,
      long count,
      long x,
      long xRow,
      long y,
      long yRow,
      long panels,
      boolean accumulate) {
    for (int row = 0; row < queries; row += PanelCode.MOST_ROWS) {
      int rows = Math.min(PanelCode.MOST_ROWS, queries - row);
      calls.add(
          kernels[rows - 1].address(),
          panel,
          next - panel,
          count,
          x,
          row * xRow,
          xRow,
          y,
          row * yRow,
          yRow,
          panels,
          accumulate ? 1 : 0);
    }
  }

  private static void end(AttentionWork work, NativeScratch scratch) {
    for (int i = 0; i < work.queries; i++) {
      int pair = SoftmaxCode.PAIRS + 2 * i;
      float most = scratch.state.getAtIndex(ValueLayout.JAVA_FLOAT, pair);
      float sum = scratch.state.getAtIndex(ValueLayout.JAVA_FLOAT, pair + 1);
      float factor = work.closing(i, most, sum);
      int out = work.outputOffset + i * work.outputStride;
      long from = (long) Float.BYTES * i * scratch.sumStride;
      MemorySegment.copy(
          scratch.sums, ValueLayout.JAVA_FLOAT, from, work.output, out, work.valueSize);
      for (int v = out; v < out + work.valueSize; v++) {
        work.output[v] *= factor;
      }
    }
  }
}

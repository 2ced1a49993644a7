// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.scalar;

import dev.coterie.runtime.cpu.AttentionWork;
import dev.coterie.runtime.cpu.PagedCache;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Attention with an online softmax, one cache block of 32 tokens after the other, in plain loops.
 */
final class ScalarAttention {
  private static final int TOKENS = PagedCache.PANEL;

  private ScalarAttention() {}

  static void attend(AttentionWork work, ScalarScratch scratch) {
    int rows = work.rows;
    int size = work.headSize;
    PagedCache cache = work.cache;
    Arrays.fill(scratch.sums, 0, rows * size, 0);
    Arrays.fill(scratch.most, Float.NEGATIVE_INFINITY);
    Arrays.fill(scratch.total, 0);
    int last = work.firstPosition + rows - 1;
    for (int first = 0; first <= last; first += TOKENS) {
      MemorySegment block = cache.block(work.blockTable[first / TOKENS]);
      read(work, cache, block, scratch);
      for (int row = 0; row < rows; row++) {
        int visible = Math.min(TOKENS, work.firstPosition + row - first + 1);
        if (visible > 0) {
          scores(work, scratch, row);
          float factor = softmax(scratch, row, visible, work.scale);
          sum(scratch, row, visible, size, factor);
        }
      }
    }
    for (int row = 0; row < rows; row++) {
      int out = work.outputOffset + row * work.outputStride;
      for (int i = 0; i < size; i++) {
        work.output[out + i] = scratch.sums[row * size + i] / scratch.total[row];
      }
    }
  }

  private static void scores(AttentionWork work, ScalarScratch scratch, int row) {
    int query = work.queryOffset + row * work.queryStride;
    int at = row * TOKENS;
    Arrays.fill(scratch.scores, at, at + TOKENS, 0);
    for (int i = 0; i < work.headSize; i++) {
      float q = work.query[query + i];
      for (int t = 0; t < TOKENS; t++) {
        scratch.scores[at + t] += q * scratch.keys[i * TOKENS + t];
      }
    }
  }

  /** Turns scores to weights; returns what earlier sums are to be multiplied with. */
  private static float softmax(ScalarScratch scratch, int row, int visible, float scale) {
    int at = row * TOKENS;
    float before = scratch.most[row];
    float most = before;
    for (int t = 0; t < visible; t++) {
      scratch.scores[at + t] *= scale;
      most = Math.max(most, scratch.scores[at + t]);
    }
    float factor = (float) Math.exp(before - most);
    float total = scratch.total[row] * factor;
    for (int t = 0; t < visible; t++) {
      float weight = (float) Math.exp(scratch.scores[at + t] - most);
      scratch.scores[at + t] = weight;
      total += weight;
    }
    scratch.most[row] = most;
    scratch.total[row] = total;
    return factor;
  }

  private static void sum(ScalarScratch scratch, int row, int visible, int size, float factor) {
    float[] sums = scratch.sums;
    int to = row * size;
    for (int i = 0; i < size; i++) {
      sums[to + i] *= factor;
    }
    for (int t = 0; t < visible; t++) {
      float weight = scratch.scores[row * TOKENS + t];
      for (int part = 0; part * TOKENS < size; part++) {
        int from = (part * TOKENS + t) * TOKENS;
        int width = Math.min(TOKENS, size - part * TOKENS);
        for (int i = 0; i < width; i++) {
          sums[to + part * TOKENS + i] += weight * scratch.values[from + i];
        }
      }
    }
  }

  /** Reads the keys and values of a block as floats. */
  private static void read(
      AttentionWork work, PagedCache cache, MemorySegment block, ScalarScratch scratch) {
    int size = work.headSize;
    int parts = Math.ceilDiv(size, TOKENS);
    long keys = cache.keyOffset(work.layer, work.keyValueHead);
    long values = cache.valueOffset(work.layer, work.keyValueHead);
    switch (cache.type()) {
      case F32 -> {
        ValueLayout.OfFloat layout = ValueLayout.JAVA_FLOAT;
        MemorySegment.copy(block, layout, keys, scratch.keys, 0, size * TOKENS);
        MemorySegment.copy(block, layout, values, scratch.values, 0, parts * TOKENS * TOKENS);
      }
      case F16 -> {
        halves(block, keys, size * TOKENS, scratch.keys);
        halves(block, values, parts * TOKENS * TOKENS, scratch.values);
      }
      case Q8_0 -> {
        for (int i = 0; i < size * TOKENS; i++) {
          long scale = keys + 2L * (i / TOKENS / TOKENS * TOKENS + i % TOKENS);
          scratch.keys[i] = code(block, keys + 2L * parts * TOKENS + i) * half(block, scale);
        }
        for (int i = 0; i < parts * TOKENS * TOKENS; i++) {
          long scale = values + 2L * (i / TOKENS);
          scratch.values[i] = code(block, values + 2L * parts * TOKENS + i) * half(block, scale);
        }
      }
    }
  }

  private static void halves(MemorySegment block, long from, int count, float[] out) {
    for (int i = 0; i < count; i++) {
      out[i] = half(block, from + 2L * i);
    }
  }

  private static float half(MemorySegment block, long at) {
    return Float.float16ToFloat(block.get(ValueLayout.JAVA_SHORT, at));
  }

  private static byte code(MemorySegment block, long at) {
    return block.get(ValueLayout.JAVA_BYTE, at);
  }
}

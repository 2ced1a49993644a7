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
    int queries = work.queries;
    int size = work.valueSize;
    PagedCache cache = work.cache;
    Arrays.fill(scratch.sums, 0, queries * size, 0);
    Arrays.fill(scratch.most, Float.NEGATIVE_INFINITY);
    Arrays.fill(scratch.total, 0);
    int last = work.lastPosition();
    for (int first = work.firstBlockPosition(); first <= last; first += TOKENS) {
      if (!work.sees(first)) {
        continue;
      }
      MemorySegment block = cache.block(work.blockTable[first / TOKENS]);
      long keys = cache.keyOffset(work.layer, work.keyValueHead);
      readKeys(cache, block, keys, work.keySize, scratch.keys);
      if (cache.hasValues(work.layer)) {
        long values = cache.valueOffset(work.layer, work.keyValueHead);
        readValues(cache, block, values, size, scratch.values);
      } else {
        valuesOfKeys(size, scratch);
      }
      for (int i = 0; i < queries; i++) {
        attend(work, scratch, i, work.visible(i, first));
      }
    }
    for (int panel = 0; panel < work.extraPanels; panel++) {
      int visible = work.extra.visible(panel);
      if (visible != 0) {
        work.extra.read(panel, scratch.keys);
        valuesOfKeys(size, scratch);
        for (int i = 0; i < queries; i++) {
          attend(work, scratch, i, visible);
        }
      }
    }
    for (int i = 0; i < queries; i++) {
      float factor = work.closing(i, scratch.most[i], scratch.total[i]);
      int out = work.outputOffset + i * work.outputStride;
      for (int v = 0; v < size; v++) {
        work.output[out + v] = scratch.sums[i * size + v] * factor;
      }
    }
  }

  /** One query and the keys and values that stand in the scratch. */
  private static void attend(AttentionWork work, ScalarScratch scratch, int query, int visible) {
    if (visible != 0) {
      int from = work.queryOffset + query * work.queryStride;
      scores(work.query, from, work.keySize, scratch.keys, scratch.scores, query * TOKENS);
      float factor = softmax(scratch, query, visible, work.scale);
      sum(scratch, query, visible, work.valueSize, factor);
    }
  }

  static void scores(float[] query, int from, int size, float[] keys, float[] scores, int at) {
    Arrays.fill(scores, at, at + TOKENS, 0);
    for (int i = 0; i < size; i++) {
      float q = query[from + i];
      for (int t = 0; t < TOKENS; t++) {
        scores[at + t] += q * keys[i * TOKENS + t];
      }
    }
  }

  /** Turns scores to weights; returns what earlier sums are to be multiplied with. */
  private static float softmax(ScalarScratch scratch, int query, int visible, float scale) {
    int at = query * TOKENS;
    float before = scratch.most[query];
    float most = before;
    for (int t = 0; t < TOKENS; t++) {
      scratch.scores[at + t] *= scale;
      if ((visible >>> t & 1) != 0) {
        most = Math.max(most, scratch.scores[at + t]);
      }
    }
    float factor = (float) Math.exp(before - most);
    float total = scratch.total[query] * factor;
    for (int t = 0; t < TOKENS; t++) {
      if ((visible >>> t & 1) != 0) {
        float weight = (float) Math.exp(scratch.scores[at + t] - most);
        scratch.scores[at + t] = weight;
        total += weight;
      }
    }
    scratch.most[query] = most;
    scratch.total[query] = total;
    return factor;
  }

  private static void sum(ScalarScratch scratch, int query, int visible, int size, float factor) {
    float[] sums = scratch.sums;
    int to = query * size;
    for (int i = 0; i < size; i++) {
      sums[to + i] *= factor;
    }
    for (int t = 0; t < TOKENS; t++) {
      if ((visible >>> t & 1) == 0) {
        continue;
      }
      float weight = scratch.scores[query * TOKENS + t];
      for (int part = 0; part * TOKENS < size; part++) {
        int from = (part * TOKENS + t) * TOKENS;
        int width = Math.min(TOKENS, size - part * TOKENS);
        for (int i = 0; i < width; i++) {
          sums[to + part * TOKENS + i] += weight * scratch.values[from + i];
        }
      }
    }
  }

  /** Reads the keys of a block as floats, {@code [size, 32 tokens]}. */
  static void readKeys(PagedCache cache, MemorySegment block, long at, int size, float[] keys) {
    switch (cache.type()) {
      case F32 -> MemorySegment.copy(block, ValueLayout.JAVA_FLOAT, at, keys, 0, size * TOKENS);
      case F16 -> halves(block, at, size * TOKENS, keys);
      case Q8_0 -> {
        long codes = at + 2L * Math.ceilDiv(size, TOKENS) * TOKENS;
        for (int i = 0; i < size * TOKENS; i++) {
          long scale = at + 2L * (i / TOKENS / TOKENS * TOKENS + i % TOKENS);
          keys[i] = code(block, codes + i) * half(block, scale);
        }
      }
    }
  }

  /** Reads the values of a block as floats, {@code [size / 32, 32 tokens, 32]}. */
  private static void readValues(
      PagedCache cache, MemorySegment block, long at, int size, float[] values) {
    int count = Math.ceilDiv(size, TOKENS) * TOKENS * TOKENS;
    switch (cache.type()) {
      case F32 -> MemorySegment.copy(block, ValueLayout.JAVA_FLOAT, at, values, 0, count);
      case F16 -> halves(block, at, count, values);
      case Q8_0 -> {
        long codes = at + 2L * Math.ceilDiv(size, TOKENS) * TOKENS;
        for (int i = 0; i < count; i++) {
          values[i] = code(block, codes + i) * half(block, at + 2L * (i / TOKENS));
        }
      }
    }
  }

  private static void valuesOfKeys(int size, ScalarScratch scratch) {
    for (int i = 0; i < size; i++) {
      for (int t = 0; t < TOKENS; t++) {
        scratch.values[(i / TOKENS * TOKENS + t) * TOKENS + i % TOKENS] =
            scratch.keys[i * TOKENS + t];
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

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import dev.coterie.CacheType;
import dev.coterie.runtime.cpu.AttentionWork;
import dev.coterie.runtime.cpu.PagedCache;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Attention of a tile of rows and one head, one cache block of 32 tokens after the other, with the
 * softmax kept as a running maximum and sum (online softmax). Scores and sums are products with
 * panels, as in {@link Tiles}; blocks that are not float32 are decoded to panels first.
 */
final class VectorAttention {
  private static final int TOKENS = PagedCache.PANEL;

  private VectorAttention() {}

  static void attend(AttentionWork work, VectorScratch scratch) {
    int rows = work.rows;
    int size = work.headSize;
    int parts = Math.ceilDiv(size, TOKENS);
    int stride = scratch.sumStride;
    PagedCache cache = work.cache;
    Arrays.fill(scratch.sums, 0, rows * stride, 0);
    Arrays.fill(scratch.most, Float.NEGATIVE_INFINITY);
    Arrays.fill(scratch.total, 0);
    long keyOffset = cache.keyOffset(work.layer, work.keyValueHead);
    long valueOffset = cache.valueOffset(work.layer, work.keyValueHead);
    int last = work.firstPosition + rows - 1;
    for (int first = 0; first <= last; first += TOKENS) {
      MemorySegment block = cache.block(work.blockTable[first / TOKENS]);
      MemorySegment keys = block;
      MemorySegment values = block;
      long keysAt = keyOffset;
      long valuesAt = valueOffset;
      int tokens = Math.min(TOKENS, last - first + 1);
      switch (cache.type()) {
        case F32 -> {}
        case F16 -> {
          halves(block, keyOffset, size * TOKENS, scratch.keys);
          halves(block, valueOffset, parts * TOKENS * TOKENS, scratch.values);
        }
        case Q8_0 -> {
          quantizedKeys(block, keyOffset, size, scratch.keys);
          quantizedValues(block, valueOffset, parts, scratch.values);
        }
      }
      if (cache.type() != CacheType.F32) {
        keys = scratch.keys;
        values = scratch.values;
        keysAt = 0;
        valuesAt = 0;
      }
      Arrays.fill(scratch.scores, 0, rows * TOKENS, 0);
      Tiles.multiply(
          keys,
          keysAt,
          size,
          work.query,
          work.queryOffset,
          work.queryStride,
          rows,
          scratch.scores,
          0,
          TOKENS);
      for (int row = 0; row < rows; row++) {
        int visible = Math.min(TOKENS, work.firstPosition + row - first + 1);
        softmax(scratch, row, visible, work.scale, parts * TOKENS);
      }
      for (int part = 0; part < parts; part++) {
        Tiles.multiply(
            values,
            valuesAt + 4L * TOKENS * TOKENS * part,
            tokens,
            scratch.scores,
            0,
            TOKENS,
            rows,
            scratch.sums,
            part * TOKENS,
            stride);
      }
    }
    for (int row = 0; row < rows; row++) {
      float inverse = 1 / scratch.total[row];
      int out = work.outputOffset + row * work.outputStride;
      for (int i = 0; i < size; i++) {
        work.output[out + i] = scratch.sums[row * stride + i] * inverse;
      }
    }
  }

  /** Turns a row's scores to weights, and scales what was summed under a smaller maximum. */
  private static void softmax(VectorScratch scratch, int row, int visible, float scale, int width) {
    float[] scores = scratch.scores;
    int at = row * TOKENS;
    if (visible <= 0) {
      Arrays.fill(scores, at, at + TOKENS, 0);
      return;
    }
    Arrays.fill(scores, at + visible, at + TOKENS, Float.NEGATIVE_INFINITY);
    FloatVector high = FloatVector.broadcast(Lanes.FLOAT, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < TOKENS; i += Lanes.COUNT) {
      FloatVector scaled = FloatVector.fromArray(Lanes.FLOAT, scores, at + i).mul(scale);
      scaled.intoArray(scores, at + i);
      high = high.max(scaled);
    }
    float before = scratch.most[row];
    float most = Math.max(before, high.reduceLanes(VectorOperators.MAX));
    for (int i = 0; i < TOKENS; i += Lanes.COUNT) {
      FloatVector scaled = FloatVector.fromArray(Lanes.FLOAT, scores, at + i);
      Exponential.exp(scaled.sub(most)).intoArray(scores, at + i);
    }
    Arrays.fill(scores, at + visible, at + TOKENS, 0);
    FloatVector sum = FloatVector.zero(Lanes.FLOAT);
    for (int i = 0; i < TOKENS; i += Lanes.COUNT) {
      sum = sum.add(FloatVector.fromArray(Lanes.FLOAT, scores, at + i));
    }
    float total = scratch.total[row];
    if (most > before && total > 0) {
      float factor = (float) Math.exp(before - most);
      total *= factor;
      int from = row * scratch.sumStride;
      for (int i = from; i < from + width; i++) {
        scratch.sums[i] *= factor;
      }
    }
    scratch.total[row] = total + Lanes.sum(sum);
    scratch.most[row] = most;
  }

  private static void halves(MemorySegment block, long from, int count, MemorySegment panel) {
    for (int i = 0; i < count; i += Lanes.COUNT) {
      Lanes.halves(block, from + 2L * i).intoMemorySegment(panel, 4L * i, Lanes.ORDER);
    }
  }

  private static void quantizedKeys(MemorySegment block, long from, int size, MemorySegment panel) {
    long codes = from + 2L * Math.ceilDiv(size, TOKENS) * TOKENS;
    for (int token = 0; token < TOKENS; token += Lanes.COUNT) {
      for (int i = 0; i < size; i++) {
        FloatVector scale = Lanes.halves(block, from + 2L * (i / TOKENS * TOKENS + token));
        Lanes.bytes(block, codes + (long) i * TOKENS + token)
            .mul(scale)
            .intoMemorySegment(panel, 4L * (i * TOKENS + token), Lanes.ORDER);
      }
    }
  }

  private static void quantizedValues(
      MemorySegment block, long from, int parts, MemorySegment panel) {
    long codes = from + 2L * parts * TOKENS;
    for (int i = 0; i < parts * TOKENS; i++) {
      float scale = Float.float16ToFloat(block.get(ValueLayout.JAVA_SHORT, from + 2L * i));
      for (int column = 0; column < TOKENS; column += Lanes.COUNT) {
        Lanes.bytes(block, codes + (long) i * TOKENS + column)
            .mul(scale)
            .intoMemorySegment(panel, 4L * (i * TOKENS + column), Lanes.ORDER);
      }
    }
  }
}

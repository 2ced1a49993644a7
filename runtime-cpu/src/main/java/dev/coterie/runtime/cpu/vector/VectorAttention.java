// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import dev.coterie.CacheType;
import dev.coterie.runtime.cpu.AttentionWork;
import dev.coterie.runtime.cpu.PagedCache;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
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
    int queries = work.queries;
    int size = work.valueSize;
    int parts = Math.ceilDiv(size, TOKENS);
    int stride = scratch.sumStride;
    PagedCache cache = work.cache;
    boolean ownValues = cache.hasValues(work.layer);
    boolean direct = cache.type() == CacheType.F32 && ownValues;
    Arrays.fill(scratch.sums, 0, queries * stride, 0);
    Arrays.fill(scratch.most, Float.NEGATIVE_INFINITY);
    Arrays.fill(scratch.total, 0);
    long keyOffset = cache.keyOffset(work.layer, work.keyValueHead);
    long valueOffset = cache.valueOffset(work.layer, work.keyValueHead);
    int last = work.lastPosition();
    for (int first = work.firstBlockPosition(); first <= last; first += TOKENS) {
      if (!work.visible(first, scratch.visible)) {
        continue;
      }
      MemorySegment block = cache.block(work.blockTable[first / TOKENS]);
      keyScores(
          cache,
          block,
          keyOffset,
          work.keySize,
          work.query,
          work.queryOffset,
          work.queryStride,
          queries,
          scratch.scores,
          0,
          scratch);
      softmax(scratch, queries, work.scale, parts * TOKENS);
      if (!ownValues) {
        boolean decoded = cache.type() != CacheType.F32;
        valuesOfKeys(decoded ? scratch.keys : block, decoded ? 0 : keyOffset, size, scratch);
      } else if (!direct) {
        readValues(cache, block, valueOffset, parts, scratch.values);
      }
      int tokens = Math.min(TOKENS, last - first + 1);
      MemorySegment values = direct ? block : scratch.values;
      sum(values, direct ? valueOffset : 0, tokens, parts, queries, scratch);
    }
    for (int panel = 0; panel < work.extraPanels; panel++) {
      int visible = work.extra.visible(panel);
      if (visible == 0) {
        continue;
      }
      work.extra.read(panel, scratch.extra);
      MemorySegment.copy(
          scratch.extra, 0, scratch.keys, ValueLayout.JAVA_FLOAT, 0, work.keySize * TOKENS);
      panelScores(scratch.keys, 0, work, queries, scratch);
      Arrays.fill(scratch.visible, 0, queries, visible);
      softmax(scratch, queries, work.scale, parts * TOKENS);
      valuesOfKeys(scratch.keys, 0, size, scratch);
      sum(scratch.values, 0, TOKENS, parts, queries, scratch);
    }
    for (int i = 0; i < queries; i++) {
      float factor = work.closing(i, scratch.most[i], scratch.total[i]);
      int out = work.outputOffset + i * work.outputStride;
      for (int v = 0; v < size; v++) {
        work.output[out + v] = scratch.sums[i * stride + v] * factor;
      }
    }
  }

  private static void panelScores(
      MemorySegment keys, long from, AttentionWork work, int queries, VectorScratch scratch) {
    Arrays.fill(scratch.scores, 0, queries * TOKENS, 0);
    Tiles.multiply(
        keys,
        from,
        work.keySize,
        work.query,
        work.queryOffset,
        work.queryStride,
        queries,
        scratch.scores,
        0,
        TOKENS);
  }

  /** Adds the values of a panel, weighted. */
  private static void sum(
      MemorySegment values, long at, int tokens, int parts, int queries, VectorScratch scratch) {
    for (int part = 0; part < parts; part++) {
      Tiles.multiply(
          values,
          at + 4L * TOKENS * TOKENS * part,
          tokens,
          scratch.scores,
          0,
          TOKENS,
          queries,
          scratch.sums,
          part * TOKENS,
          scratch.sumStride);
    }
  }

  static void keyScores(
      PagedCache cache,
      MemorySegment block,
      long at,
      int size,
      float[] query,
      int queryOffset,
      int queryStride,
      int queries,
      float[] scores,
      int scoresOffset,
      VectorScratch scratch) {
    MemorySegment keys = scratch.keys;
    long from = 0;
    switch (cache.type()) {
      case F32 -> {
        keys = block;
        from = at;
      }
      case F16 -> halves(block, at, size * TOKENS, keys);
      case Q8_0 -> quantizedKeys(block, at, size, keys);
    }
    Arrays.fill(scores, scoresOffset, scoresOffset + queries * TOKENS, 0);
    Tiles.multiply(
        keys, from, size, query, queryOffset, queryStride, queries, scores, scoresOffset, TOKENS);
  }

  private static void readValues(
      PagedCache cache, MemorySegment block, long at, int parts, MemorySegment values) {
    if (cache.type() == CacheType.F16) {
      halves(block, at, parts * TOKENS * TOKENS, values);
    } else {
      quantizedValues(block, at, parts, values);
    }
  }

  /** Turns the first values of a panel of keys to a panel of values. */
  private static void valuesOfKeys(MemorySegment keys, long from, int size, VectorScratch scratch) {
    for (int i = 0; i < size; i++) {
      long to = 4L * (i / TOKENS * TOKENS * TOKENS + i % TOKENS);
      for (int t = 0; t < TOKENS; t++) {
        float value = keys.get(ValueLayout.JAVA_FLOAT, from + 4L * (i * TOKENS + t));
        scratch.values.set(ValueLayout.JAVA_FLOAT, to + 4L * TOKENS * t, value);
      }
    }
  }

  /** Turns scores to weights, and scales what was summed under a smaller maximum. */
  private static void softmax(VectorScratch scratch, int queries, float scale, int width) {
    for (int query = 0; query < queries; query++) {
      scratch.factors[query] = 1;
      int visible = scratch.visible[query];
      if (visible == 0) {
        continue;
      }
      int at = query * TOKENS;
      if (visible != -1) {
        hide(scratch.scores, at, visible, Float.NEGATIVE_INFINITY);
      }
      float before = scratch.most[query];
      float most = Math.max(before, largest(scratch.scores, at, scale));
      subtract(scratch.scores, at, scale, most);
      scratch.most[query] = most;
      if (most > before && scratch.total[query] > 0) {
        scratch.factors[query] = (float) Math.exp(before - most);
      }
    }
    Exponential.exp(1, scratch.scores, 0, 0, scratch.scores, 0, queries * TOKENS);
    for (int query = 0; query < queries; query++) {
      int at = query * TOKENS;
      if (scratch.visible[query] != -1) {
        hide(scratch.scores, at, scratch.visible[query], 0);
      }
      float factor = scratch.factors[query];
      if (factor != 1) {
        scratch.total[query] *= factor;
        multiply(scratch.sums, query * scratch.sumStride, width, factor);
      }
      scratch.total[query] += total(scratch.scores, at);
    }
  }

  private static float largest(float[] scores, int at, float scale) {
    FloatVector most = FloatVector.fromArray(Lanes.FLOAT, scores, at).mul(scale);
    for (int t = Lanes.COUNT; t < TOKENS; t += Lanes.COUNT) {
      most = most.max(FloatVector.fromArray(Lanes.FLOAT, scores, at + t).mul(scale));
    }
    return most.reduceLanes(VectorOperators.MAX);
  }

  private static void subtract(float[] scores, int at, float scale, float most) {
    for (int t = at; t < at + TOKENS; t += Lanes.COUNT) {
      FloatVector.fromArray(Lanes.FLOAT, scores, t).mul(scale).sub(most).intoArray(scores, t);
    }
  }

  private static void multiply(float[] sums, int from, int width, float factor) {
    for (int i = from; i < from + width; i += Lanes.COUNT) {
      FloatVector.fromArray(Lanes.FLOAT, sums, i).mul(factor).intoArray(sums, i);
    }
  }

  /** The sum of a query's weights, in an order that does not depend on the compiler. */
  private static float total(float[] scores, int at) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    for (int t = at; t < at + TOKENS; t += 4) {
      s0 += scores[t];
      s1 += scores[t + 1];
      s2 += scores[t + 2];
      s3 += scores[t + 3];
    }
    return s0 + s1 + (s2 + s3);
  }

  private static void hide(float[] scores, int at, int visible, float value) {
    for (int t = 0; t < TOKENS; t++) {
      if ((visible >>> t & 1) == 0) {
        scores[at + t] = value;
      }
    }
  }

  private static void halves(MemorySegment block, long from, int count, MemorySegment panel) {
    for (int i = 0; i < count; i += Lanes.COUNT) {
      IntVector bits =
          (IntVector)
              ShortVector.fromMemorySegment(Lanes.SHORT, block, from + 2L * i, Lanes.ORDER)
                  .convertShape(VectorOperators.S2I, Lanes.INT, 0);
      bits.and(0x7fff)
          .lanewise(VectorOperators.LSHL, 13)
          .or(bits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
          .reinterpretAsFloats()
          .mul(0x1p112f)
          .intoMemorySegment(panel, 4L * i, Lanes.ORDER);
    }
  }

  private static void quantizedKeys(MemorySegment block, long from, int size, MemorySegment panel) {
    long codes = from + 2L * Math.ceilDiv(size, TOKENS) * TOKENS;
    for (int token = 0; token < TOKENS; token += Lanes.COUNT) {
      for (int i = 0; i < size; i++) {
        long at = from + 2L * (i / TOKENS * TOKENS + token);
        IntVector bits =
            (IntVector)
                ShortVector.fromMemorySegment(Lanes.SHORT, block, at, Lanes.ORDER)
                    .convertShape(VectorOperators.S2I, Lanes.INT, 0);
        FloatVector scale =
            bits.and(0x7fff)
                .lanewise(VectorOperators.LSHL, 13)
                .or(bits.and(0x8000).lanewise(VectorOperators.LSHL, 16))
                .reinterpretAsFloats()
                .mul(0x1p112f);
        long code = codes + (long) i * TOKENS + token;
        ((FloatVector)
                ByteVector.fromMemorySegment(Lanes.BYTE, block, code, Lanes.ORDER)
                    .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
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
        long code = codes + (long) i * TOKENS + column;
        ((FloatVector)
                ByteVector.fromMemorySegment(Lanes.BYTE, block, code, Lanes.ORDER)
                    .convertShape(VectorOperators.B2F, Lanes.FLOAT, 0))
            .mul(scale)
            .intoMemorySegment(panel, 4L * (i * TOKENS + column), Lanes.ORDER);
      }
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.CacheType;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Value;
import dev.coterie.testkit.BatchPlan.Segment;
import dev.coterie.testkit.BatchPlan.Wanted;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Grouped-query attention over the paged cache. */
public abstract class AttentionContract extends MatrixContract {
  private static final int HIDDEN = 64;

  /** For subclasses. */
  protected AttentionContract() {}

  /**
   * Queries and keys of standard deviation about {@code sharpness}, so that scores are its square.
   */
  private static Graph graph(
      int layers,
      int heads,
      int keyValueHeads,
      int headSize,
      boolean interleaved,
      double sharpness) {
    RandomTensors random = new RandomTensors(heads * 1_000L + headSize);
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("embd", random.matrix("e", DataType.F32, VOCABULARY, HIDDEN, 1));
    double deviation = sharpness / Math.sqrt(HIDDEN);
    float[] frequencies = GraphBuilder.frequencies(headSize / 2, 10_000);
    for (int l = 0; l < layers; l++) {
      int width = heads * headSize;
      int keyWidth = keyValueHeads * headSize;
      String blk = "blk." + l + ".";
      Value q =
          builder.linear(
              blk + "q", x, random.matrix("q", DataType.F32, width, x.width(), deviation), null);
      Value k =
          builder.linear(
              blk + "k", x, random.matrix("k", DataType.F32, keyWidth, x.width(), deviation), null);
      Value v =
          builder.linear(
              blk + "v", x, random.matrix("v", DataType.F32, keyWidth, x.width(), 0.1), null);
      Value qr = builder.rope(blk + "q_rope", q, headSize, interleaved, frequencies, 1);
      Value kr = builder.rope(blk + "k_rope", k, headSize, interleaved, frequencies, 1);
      float scale = (float) (1 / Math.sqrt(headSize));
      x = builder.attention(blk + "kqv", qr, kr, v, headSize, scale);
      deviation = sharpness / Math.sqrt(width);
    }
    return builder.observe(x);
  }

  private void check(String what, Graph graph, BatchPlan plan) {
    for (CacheType cache : CacheType.values()) {
      check(what, graph, plan, cache);
    }
  }

  private void check(String what, Graph graph, BatchPlan plan, CacheType cache) {
    check(what + ", " + cache, graph, plan, cache, Accuracy::assertNmse, attentionNmse(cache));
  }

  @ParameterizedTest
  @CsvSource({
    "4, 2, 16",
    "4, 2, 80",
    "9, 3, 64",
    "8, 8, 32",
    "8, 8, 64",
    "6, 1, 128",
    "6, 1, 16",
    "3, 3, 80",
    "9, 3, 16",
    "2, 1, 128",
    "1, 1, 64",
    "12, 2, 32",
    "7, 1, 32",
    "10, 5, 64"
  })
  void everyShape(int heads, int keyValueHeads, int headSize) {
    for (boolean interleaved : new boolean[] {true, false}) {
      Graph graph = graph(1, heads, keyValueHeads, headSize, interleaved, 1.5);
      BatchPlan plan = new BatchPlan(graph, headSize);
      plan.chunks(plan.sequence(70), Wanted.ALL, 1, 1, 7, 23, 1, 32, 1, 4);
      plan.chunks(plan.sequence(65), Wanted.ALL, 65);
      for (CacheType cache : CacheType.values()) {
        if (supports(cache, headSize)) {
          String what = "attention " + heads + "/" + keyValueHeads + " x " + headSize;
          check(what, graph, plan, cache);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 31, 32, 33, 63, 64, 65, 300})
  void contextsAcrossBlocks(int context) {
    Graph graph = graph(2, 4, 2, 32, false, 1.5);
    BatchPlan plan = new BatchPlan(graph, context);
    plan.chunks(plan.sequence(context + 3), Wanted.LAST, context, 1, 1, 1);
    check("context " + context, graph, plan);
  }

  @ParameterizedTest
  @EnumSource(CacheType.class)
  void prefillInChunks(CacheType cache) {
    Graph graph = graph(2, 9, 3, 64, true, 1.5);
    BatchPlan plan = new BatchPlan(graph, 5);
    int sequence = plan.sequence(133);
    plan.chunks(sequence, Wanted.ALL, 133);
    plan.chunks(sequence, Wanted.ALL, 1, 31, 1, 33, 64, 3);
    plan.chunks(sequence, Wanted.LAST, 32, 32, 32, 32, 5);
    check("chunks", graph, plan, cache);
  }

  @ParameterizedTest
  @EnumSource(CacheType.class)
  void prefillBesideDecode(CacheType cache) {
    Graph graph = graph(2, 4, 2, 32, true, 1.5);
    BatchPlan plan = new BatchPlan(graph, 6);
    int a = plan.sequence(100);
    int b = plan.sequence(40);
    int c = plan.sequence(70);
    plan.step(new Segment(a, 0, 33, Wanted.NONE));
    plan.step(new Segment(b, 0, 7, Wanted.LAST), new Segment(a, 33, 1, Wanted.LAST));
    plan.step(
        new Segment(a, 34, 1, Wanted.LAST),
        new Segment(c, 0, 40, Wanted.ALL),
        new Segment(b, 7, 1, Wanted.LAST));
    plan.step(
        new Segment(c, 40, 1, Wanted.LAST),
        new Segment(b, 8, 1, Wanted.LAST),
        new Segment(a, 35, 1, Wanted.LAST));
    plan.step(
        new Segment(a, 36, 60, Wanted.LAST),
        new Segment(b, 9, 30, Wanted.LAST),
        new Segment(c, 41, 2, Wanted.ALL));
    check("mixed", graph, plan, cache);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 8, 17, 65})
  void manySequencesDecodeTogether(int sequences) {
    Graph graph = graph(1, 4, 2, 32, true, 1.5);
    BatchPlan plan = new BatchPlan(graph, sequences);
    Segment[] prefill = new Segment[sequences];
    Segment[] decode = new Segment[sequences];
    for (int i = 0; i < sequences; i++) {
      int length = 1 + i * 13 % 40;
      int sequence = plan.sequence(length + 1);
      prefill[i] = new Segment(sequence, 0, length, Wanted.LAST);
      decode[sequences - 1 - i] = new Segment(sequence, length, 1, Wanted.LAST);
    }
    check(sequences + " sequences", graph, plan.step(prefill).step(decode));
  }

  @ParameterizedTest
  @EnumSource(CacheType.class)
  void sharedPrefix(CacheType cache) {
    Graph graph = graph(2, 4, 2, 32, true, 1.5);
    BatchPlan plan = new BatchPlan(graph, 7);
    int a = plan.sequence(80);
    int b = plan.fork(a, 64, 90);
    plan.step(new Segment(a, 0, 70, Wanted.LAST));
    plan.step(new Segment(b, 64, 20, Wanted.ALL), new Segment(a, 70, 1, Wanted.LAST));
    plan.step(new Segment(a, 71, 9, Wanted.ALL), new Segment(b, 84, 1, Wanted.LAST));
    check("shared prefix", graph, plan, cache);
  }

  @ParameterizedTest
  @EnumSource(CacheType.class)
  void blocksOfAnotherSequence(CacheType cache) {
    Graph graph = graph(2, 4, 2, 32, true, 1.5);
    BatchPlan plan = new BatchPlan(graph, 8);
    int a = plan.sequence(90);
    int b = plan.reuse(a, 50);
    plan.chunks(a, Wanted.LAST, 90);
    plan.chunks(b, Wanted.LAST, 40, 1, 9);
    check("blocks used again", graph, plan, cache);
  }

  /** Positions are written a second time, as after a rejected draft. */
  @ParameterizedTest
  @EnumSource(CacheType.class)
  void rewoundSequence(CacheType cache) {
    Graph graph = graph(2, 4, 2, 32, true, 1.5);
    BatchPlan plan = new BatchPlan(graph, 9);
    int a = plan.sequence(64);
    int b = plan.fork(a, 32, 64);
    int c = plan.reuse(b, 64);
    plan.step(new Segment(a, 0, 64, Wanted.NONE));
    plan.step(new Segment(b, 32, 20, Wanted.LAST));
    plan.step(new Segment(c, 32, 12, Wanted.ALL));
    plan.step(new Segment(c, 44, 1, Wanted.ALL));
    check("rewound", graph, plan, cache);
  }

  /** Scores of some hundreds: exp overflows in float32 unless the greatest is taken off first. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void scoresBeyondTheRangeOfExp(boolean interleaved) {
    Graph graph = graph(1, 4, 2, 64, interleaved, 12);
    BatchPlan plan = new BatchPlan(graph, 10);
    plan.chunks(plan.sequence(101), Wanted.ALL, 31, 65, 1, 1, 3);
    double limit = Math.max(matmulNmse(), attentionNmse(CacheType.F32));
    check("steep scores", graph, plan, CacheType.F32, Accuracy::assertNmse, limit);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.CacheType;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation.Visibility;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import dev.coterie.testkit.BatchPlan.Segment;
import dev.coterie.testkit.BatchPlan.Wanted;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention that does not see all positions, and attention with sinks. */
public abstract class VisibilityContract extends AttentionContract {
  private static final Visibility FULL = new Visibility.Full();

  /** For subclasses. */
  protected VisibilityContract() {}

  private static Graph graph(int heads, int headSize, boolean sinks, Visibility... layers) {
    RandomTensors random = new RandomTensors(heads + headSize);
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("embd", random.matrix("e", DataType.F32, VOCABULARY, 64, 1));
    float[] frequencies = GraphBuilder.frequencies(headSize / 2, 10_000);
    int keyValueHeads = heads % 2 == 0 ? heads / 2 : 1;
    for (int l = 0; l < layers.length; l++) {
      double deviation = 1.3 / Math.sqrt(x.width());
      Value[] made = new Value[3];
      for (int i = 0; i < made.length; i++) {
        int rows = (i == 0 ? heads : keyValueHeads) * headSize;
        Tensor weight = random.matrix("w" + i, DataType.F32, rows, x.width(), deviation);
        made[i] = builder.linear(l + "." + i, x, weight, null);
      }
      Value q = builder.rope(l + ".q", made[0], headSize, false, frequencies, 1);
      Value k = builder.rope(l + ".k", made[1], headSize, false, frequencies, 1);
      Tensor sink = sinks ? random.vector("sinks", heads, 1, 2) : null;
      float scale = (float) (1 / Math.sqrt(headSize));
      x = builder.attention(l + ".kqv", q, k, made[2], headSize, scale, layers[l], sink);
    }
    return builder.observe(x);
  }

  private void check(String what, Graph graph, BatchPlan plan, CacheType cache) {
    check(what + ", " + cache, graph, plan, cache, Accuracy::assertNmse, attentionNmse(cache));
  }

  private static BatchPlan plan(Graph graph, long seed) {
    BatchPlan plan = new BatchPlan(graph, seed);
    plan.chunks(plan.sequence(136), Wanted.ALL, 1, 1, 29, 1, 1, 30, 1, 1, 1, 67, 1, 1, 1);
    int whole = plan.sequence(99);
    int tail = plan.sequence(70);
    plan.step(new Segment(whole, 0, 97, Wanted.ALL));
    plan.step(new Segment(tail, 0, 64, Wanted.LAST), new Segment(whole, 97, 1, Wanted.LAST));
    plan.step(new Segment(whole, 98, 1, Wanted.ALL), new Segment(tail, 64, 3, Wanted.ALL));
    return plan;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 31, 32, 33, 64, 100, 1_000})
  void windows(int size) {
    for (boolean sinks : new boolean[] {false, true}) {
      Graph graph = graph(4, 32, sinks, new Visibility.Window(size));
      check("window " + size, graph, plan(graph, size), CacheType.F32);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 31, 32, 33, 64, 100, 1_000})
  void chunks(int size) {
    for (boolean sinks : new boolean[] {false, true}) {
      Graph graph = graph(4, 32, sinks, new Visibility.Chunk(size));
      check("chunk " + size, graph, plan(graph, size), CacheType.F32);
    }
  }

  @ParameterizedTest
  @EnumSource(CacheType.class)
  void layersThatSeeDifferently(CacheType cache) {
    for (boolean sinks : new boolean[] {false, true}) {
      Graph graph = graph(6, 64, sinks, new Visibility.Window(33), FULL, new Visibility.Chunk(40));
      check("window, full, chunk", graph, plan(graph, 11), cache);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8})
  void sinks(int heads) {
    for (CacheType cache : CacheType.values()) {
      for (int headSize : new int[] {32, 128}) {
        Graph graph = graph(heads, headSize, true, FULL);
        check("sinks of " + heads + " heads", graph, plan(graph, heads), cache);
      }
    }
  }

  /** A sink that outweighs every position, one that weighs nothing, one that exp cannot take. */
  @ParameterizedTest
  @ValueSource(floats = {-1_000, -20, 30, 88})
  void steepSinks(float sink) {
    RandomTensors random = new RandomTensors(12);
    GraphBuilder builder = new GraphBuilder();
    Value q = builder.embed("q", random.matrix("q", DataType.F32, VOCABULARY, 128, 4));
    Value k = builder.embed("k", random.matrix("k", DataType.F32, VOCABULARY, 64, 4));
    Value v = builder.embed("v", random.matrix("v", DataType.F32, VOCABULARY, 64, 1));
    Tensor sinks = RandomTensors.of("sinks", List.of(4L), sink, sink, 0, sink);
    Graph graph = builder.observe(builder.attention("kqv", q, k, v, 32, 0.18f, FULL, sinks));
    double limit = Math.max(matmulNmse(), attentionNmse(CacheType.F32));
    check("sink " + sink, graph, plan(graph, 13), CacheType.F32, Accuracy::assertNmse, limit);
  }
}

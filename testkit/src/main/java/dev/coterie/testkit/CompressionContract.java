// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.CacheType;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation.Compressor;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import dev.coterie.testkit.BatchPlan.Segment;
import dev.coterie.testkit.BatchPlan.Wanted;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention over a window and compressed entries. */
public abstract class CompressionContract extends HyperContract {
  private static final int[] CONTEXTS = {1, 3, 4, 5, 31, 32, 127, 128, 129, 300};
  private static final float EPSILON = 1e-6f;

  /** For subclasses. */
  protected CompressionContract() {}

  /** Entries straight from tables: gates and biases that make some tokens count much more. */
  static final class Entries {
    final Tensor values;
    final Tensor gates;
    final Tensor bias;
    final Tensor norm;
    final int ratio;

    /** Windows of 4 tokens overlap, as in the models. */
    Entries(RandomTensors random, int tokens, int ratio, int size) {
      int width = ratio == 4 ? 2 * size : size;
      this.values = random.matrix("values", DataType.F32, tokens, width, 2);
      this.gates = random.matrix("gates", DataType.F32, tokens, width, 1.5);
      this.bias = random.matrix("ape", DataType.F32, ratio, width, 1);
      this.norm = random.vector("norm", size, 1, 0.2);
      this.ratio = ratio;
    }

    Compressor compressor(Value values, Value gates) {
      float[] frequencies = GraphBuilder.frequencies(norm.columns() / 4, 10_000);
      return new Compressor(values, gates, ratio, bias, norm, EPSILON, frequencies);
    }

    Compressor compressor(GraphBuilder builder, String name) {
      return compressor(builder.embed(name + ".kv", values), builder.embed(name + ".gate", gates));
    }

    /** The entries that are there after some tokens. */
    double[][] after(int[] tokens) {
      ReferenceOps operations = new ReferenceOps();
      Compressor compressor =
          compressor(new Value("kv", values.columns()), new Value("gate", gates.columns()));
      double[][] entries = new double[operations.entries(ratio, tokens.length - 1)][];
      for (int w = 0; w < entries.length; w++) {
        int first = compressor.overlaps() && w > 0 ? w - 1 : w;
        int[] window = Arrays.copyOfRange(tokens, ratio * first, ratio * (w + 1));
        double[][] v = ReferenceOps.rows(values, window);
        entries[w] = operations.compress(compressor, w, v, ReferenceOps.rows(gates, window));
      }
      return entries;
    }
  }

  /**
   * The sizes of compressed attention.
   *
   * @param heads the number of heads
   * @param size values of a head
   * @param ratio tokens an entry; 0 for none
   * @param window tokens that are seen
   */
  record Compressed(int heads, int size, int ratio, int window) {
    /** Scores of standard deviation about 1.5; a table has a row for each token. */
    Value attend(GraphBuilder builder, int tokens, String name, @Nullable Value selected) {
      RandomTensors random = new RandomTensors(heads + size + ratio);
      Tensor query = random.matrix("q", DataType.F32, tokens, heads * size, 1);
      Tensor key = random.matrix("k", DataType.F32, tokens, size, 1);
      Compressor compressor =
          ratio == 0 ? null : new Entries(random, tokens, ratio, size).compressor(builder, name);
      Value q = builder.embed(name + ".q", query);
      Value k = builder.embed(name + ".k", key);
      float[] frequencies = GraphBuilder.frequencies(size / 4, 10_000);
      int offset = size - 2 * frequencies.length;
      q = builder.rope(name + ".qr", q, size, offset, true, frequencies, 1);
      k = builder.rope(name + ".kr", k, size, offset, true, frequencies, 1);
      float scale = (float) (1.5 / Math.sqrt(size));
      Tensor sinks = random.vector("sinks", heads, 1, 1.5);
      return builder.compressedAttention(name, q, k, compressor, selected, window, scale, sinks);
    }

    Graph graph() {
      GraphBuilder builder = new GraphBuilder();
      return builder.observe(attend(builder, VOCABULARY, "kqv", null));
    }
  }

  private void check(Compressed compressed, Graph graph, BatchPlan plan, CacheType... caches) {
    for (CacheType cache : caches) {
      if (supports(cache, compressed.size())) {
        double limit = attentionNmse(cache);
        check(compressed + ", " + cache, graph, plan, cache, Accuracy::assertNmse, limit);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 32, 0, 8",
    "3, 64, 0, 32",
    "4, 40, 0, 128",
    "4, 64, 4, 8",
    "8, 32, 4, 32",
    "2, 128, 4, 128",
    "16, 40, 128, 8",
    "3, 64, 128, 32",
    "8, 32, 128, 128",
    "2, 512, 4, 32"
  })
  void compressedContexts(int heads, int size, int ratio, int window) {
    Compressed compressed = new Compressed(heads, size, ratio, window);
    Graph graph = compressed.graph();
    BatchPlan plan = new BatchPlan(graph, ratio);
    for (int context : CONTEXTS) {
      plan.chunks(plan.sequence(context + 1), Wanted.LAST, context, 1);
    }
    check(compressed, graph, plan, CacheType.values());
  }

  @ParameterizedTest
  @CsvSource({"0, 8", "0, 128", "4, 8", "4, 32", "4, 128", "128, 8", "128, 32", "128, 128"})
  void compressedInChunks(int ratio, int window) {
    Compressed compressed = new Compressed(2, 32, ratio, window);
    Graph graph = compressed.graph();
    BatchPlan plan = new BatchPlan(graph, window);
    int[] ones = new int[135];
    Arrays.fill(ones, 1);
    plan.chunks(plan.sequence(300), Wanted.ALL, 300);
    plan.chunks(plan.sequence(300), Wanted.ALL, 1, 7, 64, 7, 7, 1, 64, 64, 1, 7, 64, 1, 1, 7, 4);
    plan.chunks(plan.sequence(135), Wanted.ALL, ones);
    int late = plan.sequence(263);
    plan.chunks(late, Wanted.LAST, 250).step(new Segment(late, 250, 3, Wanted.ALL));
    for (int position = 253; position < 263; position++) {
      plan.step(new Segment(late, position, 1, Wanted.ALL));
    }
    check(compressed, graph, plan, CacheType.F32, CacheType.F16);
  }

  /** Layers of each kind, prefixes shared where state is kept, blocks that are taken over. */
  @ParameterizedTest
  @EnumSource(CacheType.class)
  void compressedSegmentsBesideEachOther(CacheType cache) {
    GraphBuilder builder = new GraphBuilder();
    Compressed compressed = new Compressed(4, 64, 4, 32);
    Value sum = compressed.attend(builder, VOCABULARY, "first", null);
    for (int ratio : new int[] {128, 0, 4}) {
      Compressed other = new Compressed(4, 64, ratio, 40);
      Value y = other.attend(builder, VOCABULARY, "layer" + ratio, null);
      sum = builder.add("sum" + ratio, sum, y);
    }
    Graph graph = builder.observe(sum);
    BatchPlan plan = new BatchPlan(graph, 4);
    int a = plan.sequence(200);
    int b = plan.sequence(140);
    int c = plan.fork(a, 64, 170);
    int d = plan.fork(a, 128, 170);
    plan.step(new Segment(a, 0, 126, Wanted.LAST), new Segment(b, 0, 7, Wanted.ALL));
    plan.step(
        new Segment(b, 7, 1, Wanted.ALL),
        new Segment(a, 126, 1, Wanted.ALL),
        new Segment(c, 64, 63, Wanted.ALL));
    plan.step(new Segment(a, 127, 3, Wanted.ALL), new Segment(c, 127, 1, Wanted.ALL));
    plan.step(
        new Segment(d, 128, 30, Wanted.ALL),
        new Segment(c, 128, 1, Wanted.LAST),
        new Segment(b, 8, 125, Wanted.ALL));
    int e = plan.reuse(b, 140);
    plan.step(
        new Segment(e, 0, 6, Wanted.ALL),
        new Segment(d, 158, 1, Wanted.LAST),
        new Segment(a, 130, 60, Wanted.ALL));
    plan.step(new Segment(a, 190, 1, Wanted.LAST), new Segment(e, 6, 130, Wanted.ALL));
    check(compressed, graph, plan, cache);
  }

  /** Where windows of all layers end with every block, any block's end will do for ever. */
  @ParameterizedTest
  @ValueSource(ints = {32, 96, 160})
  void compressedPrefixesOfShortWindows(int shared) {
    Compressed compressed = new Compressed(2, 32, 4, 8);
    Graph graph = compressed.graph();
    BatchPlan plan = new BatchPlan(graph, shared);
    int a = plan.sequence(200);
    plan.chunks(a, Wanted.LAST, 64, 64, 71);
    int b = plan.fork(a, shared, 200);
    plan.step(new Segment(b, shared, 30, Wanted.ALL), new Segment(a, 199, 1, Wanted.ALL));
    plan.step(new Segment(b, shared + 30, 1, Wanted.ALL));
    check(compressed, graph, plan, CacheType.F32);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 30, 64})
  void compressedAttentionToSelectedEntries(int count) {
    Compressed compressed = new Compressed(4, 40, 4, 8);
    GraphBuilder builder = new GraphBuilder();
    Value selected = builder.embed("selected", selections(140, count, 4));
    Graph graph = builder.observe(compressed.attend(builder, 140, "kqv", selected));
    BatchPlan plan = new BatchPlan(graph, 5);
    int[] tokens = IntStream.range(0, 140).toArray();
    plan.chunks(plan.sequence(tokens), Wanted.ALL, 1, 1, 1, 1, 31, 1, 64, 40);
    plan.chunks(plan.sequence(tokens), Wanted.LAST, 139, 1);
    check(compressed, graph, plan, CacheType.values());
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.CacheType;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import dev.coterie.testkit.BatchPlan.Segment;
import dev.coterie.testkit.BatchPlan.Wanted;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Multi-head latent attention over the paged cache. */
public abstract class LatentContract extends ExpertsContract {
  /** For subclasses. */
  protected LatentContract() {}

  /**
   * The sizes of latent attention.
   *
   * @param heads the number of heads
   * @param rank values of a latent
   * @param nope values of a head's query that are not rotated
   * @param rope values that are
   * @param valueSize values of a head's output
   * @param keyType how the matrices of keys are encoded
   * @param valueType how the matrices of values are encoded
   */
  record Latent(
      int heads,
      int rank,
      int nope,
      int rope,
      int valueSize,
      DataType keyType,
      DataType valueType) {
    static Latent floats(int heads, int rank, int nope, int rope, int valueSize) {
      return new Latent(heads, rank, nope, rope, valueSize, DataType.F32, DataType.F32);
    }

    /** Scores of standard deviation about 1.5; a table has a row for each token. */
    Value attend(
        GraphBuilder builder,
        RandomTensors random,
        int tokens,
        String name,
        @Nullable Value selected) {
      int width = heads * (nope + rope);
      Value q = builder.embed(name + ".q", random.matrix("q", DataType.F32, tokens, width, 1));
      Value c = builder.embed(name + ".c", random.matrix("c", DataType.F32, tokens, rank, 1));
      Value k = builder.embed(name + ".k", random.matrix("k", DataType.F32, tokens, rope, 1));
      float[] frequencies = GraphBuilder.frequencies(rope / 2, 10_000);
      List<Tensor> keyUp = random.matrices("k_b", keyType, heads, rank, nope, 1 / Math.sqrt(nope));
      List<Tensor> valueUp =
          random.matrices("v_b", valueType, heads, valueSize, rank, 1 / Math.sqrt(rank));
      return builder.mlaAttention(
          name,
          builder.rope(name + ".qr", q, nope + rope, nope, true, frequencies, 1),
          c,
          builder.rope(name + ".kr", k, rope, true, frequencies, 1),
          keyUp,
          valueUp,
          (float) (1.5 / Math.sqrt(rank + rope)),
          selected);
    }

    Graph graph() {
      GraphBuilder builder = new GraphBuilder();
      RandomTensors random = new RandomTensors(heads + rank);
      return builder.observe(attend(builder, random, VOCABULARY, "kqv", null));
    }
  }

  private void check(String what, Graph graph, BatchPlan plan, CacheType cache, Latent latent) {
    boolean exact = latent.keyType() == DataType.F32 && latent.valueType() == DataType.F32;
    double limit = Math.max(exact ? 0 : matmulNmse(), attentionNmse(cache));
    if (supports(cache, latent.rank()) && supports(cache, latent.rope())) {
      check(what + ", " + cache, graph, plan, cache, Accuracy::assertNmse, limit);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 32, 24, 8, 24",
    "4, 32, 128, 16, 128",
    "16, 32, 24, 64, 24",
    "20, 32, 24, 8, 128",
    "1, 40, 128, 64, 24",
    "4, 40, 24, 16, 24",
    "16, 40, 24, 8, 24",
    "20, 40, 24, 16, 24",
    "1, 512, 128, 64, 128",
    "4, 512, 24, 8, 24",
    "16, 512, 128, 64, 128",
    "3, 64, 17, 2, 33"
  })
  void latentAttention(int heads, int rank, int nope, int rope, int valueSize) {
    Latent latent = Latent.floats(heads, rank, nope, rope, valueSize);
    Graph graph = latent.graph();
    BatchPlan plan = new BatchPlan(graph, rank);
    plan.chunks(plan.sequence(35), Wanted.ALL, 1, 1, 7, 23, 1, 2);
    plan.chunks(plan.sequence(34), Wanted.LAST, 33, 1);
    for (CacheType cache : CacheType.values()) {
      check("latent " + latent, graph, plan, cache, latent);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BF16, BF16",
    "F16, F32",
    "Q8_0, Q8_0",
    "Q4_0, Q4_0",
    "Q5_1, Q4_K",
    "MXFP4, Q6_K",
    "F8_E4M3, F8_E4M3"
  })
  void latentAttentionOfQuantizedMatrices(DataType keys, DataType values) {
    Latent latent = new Latent(5, 256, 96, 16, 40, keys, values);
    Graph graph = latent.graph();
    BatchPlan plan = new BatchPlan(graph, 3);
    plan.chunks(plan.sequence(40), Wanted.ALL, 1, 7, 30, 1, 1);
    check("latent " + keys + " " + values, graph, plan, CacheType.F32, latent);
    check("latent " + keys + " " + values, graph, plan, CacheType.F16, latent);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 31, 32, 33, 64, 65, 300})
  void latentContextsAcrossBlocks(int context) {
    Latent latent = Latent.floats(4, 64, 24, 16, 24);
    Graph graph = latent.graph();
    BatchPlan plan = new BatchPlan(graph, context);
    plan.chunks(plan.sequence(context + 3), Wanted.LAST, context, 1, 1, 1);
    for (CacheType cache : CacheType.values()) {
      check("latent context " + context, graph, plan, cache, latent);
    }
  }

  @ParameterizedTest
  @EnumSource(CacheType.class)
  void latentSegmentsBesideEachOther(CacheType cache) {
    Latent latent = Latent.floats(4, 64, 24, 16, 24);
    GraphBuilder builder = new GraphBuilder();
    RandomTensors random = new RandomTensors(4);
    Value first = latent.attend(builder, random, VOCABULARY, "first", null);
    Value second = latent.attend(builder, random, VOCABULARY, "second", null);
    Graph graph = builder.observe(builder.add("both", first, second));
    BatchPlan plan = new BatchPlan(graph, 4);
    int a = plan.sequence(80);
    int b = plan.sequence(40);
    int c = plan.fork(a, 32, 70);
    plan.step(new Segment(a, 0, 33, Wanted.LAST), new Segment(b, 0, 7, Wanted.ALL));
    plan.step(
        new Segment(a, 33, 1, Wanted.LAST),
        new Segment(c, 32, 31, Wanted.ALL),
        new Segment(b, 7, 1, Wanted.LAST));
    plan.step(new Segment(c, 63, 1, Wanted.LAST), new Segment(b, 8, 30, Wanted.ALL));
    plan.step(new Segment(c, 64, 1, Wanted.LAST), new Segment(a, 34, 40, Wanted.ALL));
    check("latent segments", graph, plan, cache, latent);
  }

  /**
   * For each token, which stands at the position of its number, some of the positions up to its
   * own, or of the entries of {@code ratio} positions, shuffled, among −1.
   */
  static Tensor selections(int tokens, int count, int ratio) {
    SplittableRandom random = new SplittableRandom(count);
    float[] values = new float[tokens * count];
    for (int position = 0; position < tokens; position++) {
      int[] places = IntStream.range(0, (position + 1) / ratio).toArray();
      int[] slots = IntStream.range(0, count).toArray();
      int most = Math.min(count, places.length);
      int taken = most == 0 || position % 3 == 0 ? most : 1 + random.nextInt(most);
      for (int i = 0; i < count; i++) {
        values[position * count + i] = -1;
      }
      for (int i = 0; i < taken; i++) {
        int place = i + random.nextInt(places.length - i);
        int slot = position % 2 == 0 ? i : i + random.nextInt(count - i);
        values[position * count + slots[slot]] = places[place];
        places[place] = places[i];
        slots[slot] = slots[i];
      }
    }
    return RandomTensors.of("selected", List.of((long) tokens, (long) count), values);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 32, 100, 150})
  void latentAttentionToSelectedPositions(int count) {
    Latent latent = Latent.floats(4, 40, 24, 8, 24);
    GraphBuilder builder = new GraphBuilder();
    RandomTensors random = new RandomTensors(count);
    Value selected = builder.embed("selected", selections(120, count, 1));
    Graph graph = builder.observe(latent.attend(builder, random, 120, "kqv", selected));
    BatchPlan plan = new BatchPlan(graph, 5);
    int[] tokens = IntStream.range(0, 120).toArray();
    plan.chunks(plan.sequence(tokens), Wanted.ALL, 1, 1, 33, 1, 64, 20);
    plan.chunks(plan.sequence(tokens), Wanted.LAST, 119, 1);
    for (CacheType cache : CacheType.values()) {
      check("latent of " + count + " selected", graph, plan, cache, latent);
    }
  }
}

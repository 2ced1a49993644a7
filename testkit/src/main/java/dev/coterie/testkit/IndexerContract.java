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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The lightning indexer, alone and before latent attention. */
public abstract class IndexerContract extends LatentContract {
  /** More tokens than any test has positions, so that no two keys of a sequence are equal. */
  static final int TOKENS = 200;

  private static final double MARGIN = 1e-5;

  /** For subclasses. */
  protected IndexerContract() {}

  /** An indexer straight from tables, with scores of about 1. */
  private static final class Indexer {
    final Tensor query;
    final Tensor weights;
    final Tensor key;
    final int count;

    Indexer(int heads, int size, int count) {
      RandomTensors random = new RandomTensors(heads + size);
      this.query = random.matrix("q", DataType.F32, TOKENS, heads * size, 1 / Math.sqrt(size));
      this.weights = random.matrix("w", DataType.F32, TOKENS, heads, 1 / Math.sqrt(heads));
      this.key = random.matrix("k", DataType.F32, TOKENS, size, 1);
      this.count = count;
    }

    Value select(GraphBuilder builder) {
      return builder.selectPositions(
          "topk",
          builder.embed("iq", query),
          builder.embed("iw", weights),
          builder.embed("ik", key),
          count);
    }

    /** The scores of all positions, seen from the last. */
    double[] scores(int[] tokens) {
      int last = tokens[tokens.length - 1];
      return new ReferenceOps()
          .indexScores(
              ReferenceOps.row(query, last),
              ReferenceOps.row(weights, last),
              Arrays.stream(tokens)
                  .mapToObj(token -> ReferenceOps.row(key, token))
                  .toArray(double[][]::new));
    }
  }

  /** By how much the worst of the selected is better than the best other. */
  static double gap(double[] scores, int count) {
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    int cut = sorted.length - count;
    return cut <= 0 ? Double.POSITIVE_INFINITY : sorted[cut] - sorted[cut - 1];
  }

  /** A plan that remembers what each wanted row sees. */
  static final class Seen {
    final BatchPlan plan;
    final List<int[]> prefixes = new ArrayList<>();
    private final List<int[]> sequences = new ArrayList<>();

    Seen(Graph graph) {
      plan = new BatchPlan(graph, 1);
      for (int i = 0; i < 2; i++) {
        List<Integer> tokens = new ArrayList<>(IntStream.range(0, TOKENS).boxed().toList());
        Collections.shuffle(tokens, new Random(i));
        sequences.add(tokens.stream().mapToInt(t -> t).limit(140).toArray());
        plan.sequence(sequences.getLast());
      }
      step(new Segment(0, 0, 1, Wanted.ALL));
      step(new Segment(0, 1, 31, Wanted.ALL), new Segment(1, 0, 3, Wanted.ALL));
      step(new Segment(1, 3, 1, Wanted.ALL), new Segment(0, 32, 1, Wanted.ALL));
      step(new Segment(0, 33, 64, Wanted.ALL), new Segment(1, 4, 30, Wanted.ALL));
      step(new Segment(0, 97, 1, Wanted.ALL));
      step(new Segment(1, 34, 1, Wanted.ALL), new Segment(0, 98, 42, Wanted.ALL));
    }

    private void step(Segment... segments) {
      plan.step(segments);
      for (Segment segment : segments) {
        int[] tokens = sequences.get(segment.sequence());
        for (int i = 1; i <= segment.count(); i++) {
          prefixes.add(Arrays.copyOf(tokens, segment.from() + i));
        }
      }
    }
  }

  /** Fails unless a row holds the best of all scores, as far as they are clear, and then −1. */
  static void judge(String what, double[] scores, float[] row) {
    int[] selected =
        IntStream.range(0, row.length)
            .map(i -> Math.round(row[i]))
            .filter(p -> p != -1)
            .sorted()
            .toArray();
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    int wanted = Math.min(row.length, scores.length);
    double cut = wanted == 0 ? 0 : sorted[scores.length - wanted];
    boolean valid =
        selected.length == wanted
            && Arrays.stream(selected).distinct().count() == wanted
            && Arrays.stream(selected).allMatch(p -> p >= 0 && p < scores.length);
    for (int p = 0; p < scores.length && valid; p++) {
      boolean in = Arrays.binarySearch(selected, p) >= 0;
      valid = in ? scores[p] >= cut - MARGIN : scores[p] <= cut + MARGIN;
    }
    if (!valid) {
      throw new AssertionError(
          what
              + ": expected the "
              + wanted
              + " best of "
              + Arrays.toString(scores)
              + ", found "
              + Arrays.toString(row));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 32, 1",
    "1, 16, 24",
    "2, 32, 7",
    "4, 32, 24",
    "4, 64, 64",
    "8, 128, 33",
    "64, 128, 16",
    "3, 40, 139",
    "4, 32, 140",
    "4, 32, 300"
  })
  void selectPositions(int heads, int size, int count) {
    Indexer indexer = new Indexer(heads, size, count);
    GraphBuilder builder = new GraphBuilder();
    Graph graph = builder.observe(indexer.select(builder));
    Seen seen = new Seen(graph);
    Judge judge =
        (what, _, actual, _) -> {
          for (int r = 0; r < actual.length; r++) {
            int[] prefix = seen.prefixes.get(r);
            judge(what + ", position " + (prefix.length - 1), indexer.scores(prefix), actual[r]);
          }
        };
    check(count + " positions", graph, seen.plan, judge, 0);
  }

  @ParameterizedTest
  @CsvSource({"4, 32, 1", "4, 32, 24", "8, 64, 32", "8, 64, 65", "4, 40, 140", "4, 32, 300"})
  void latentAttentionAfterTheIndexer(int heads, int size, int count) {
    Indexer indexer = new Indexer(heads, size, count);
    GraphBuilder builder = new GraphBuilder();
    Value selected = indexer.select(builder);
    Latent latent = Latent.floats(4, 40, 24, 8, 24);
    RandomTensors random = new RandomTensors(count);
    Graph graph = builder.observe(latent.attend(builder, random, TOKENS, "kqv", selected));
    Seen seen = new Seen(graph);
    Judge judge = whereClear(seen, prefix -> gap(indexer.scores(prefix), count));
    double limit = attentionNmse(CacheType.F32);
    check("attention to " + count, graph, seen.plan, CacheType.F32, judge, limit);
  }

  /** A judge that leaves out the rows for which other positions are about as good. */
  static Judge whereClear(Seen seen, ToDoubleFunction<int[]> gap) {
    return (what, expected, actual, limit) -> {
      int[] clear =
          IntStream.range(0, expected.length)
              .filter(r -> gap.applyAsDouble(seen.prefixes.get(r)) > MARGIN)
              .toArray();
      if (clear.length < expected.length / 2) {
        throw new IllegalStateException(what + ": too few rows are clear");
      }
      Accuracy.assertNmse(what, rows(expected, clear), rows(actual, clear), limit);
    };
  }

  private static float[][] rows(float[][] values, int[] rows) {
    return Arrays.stream(rows).mapToObj(r -> values[r]).toArray(float[][]::new);
  }

  /**
   * Two layers, rotated keys, rounded caches: all is selected, so that rounding does not matter.
   */
  @ParameterizedTest
  @EnumSource(CacheType.class)
  void everythingSelectedIsAsWithoutIndexer(CacheType cache) {
    Latent latent = Latent.floats(4, 64, 24, 16, 24);
    if (!supports(cache, 64) || !supports(cache, 16) || !supports(cache, 32)) {
      return;
    }
    GraphBuilder builder = new GraphBuilder();
    RandomTensors random = new RandomTensors(8);
    float[] frequencies = GraphBuilder.frequencies(8, 10_000);
    Value sum = builder.embed("embd", random.matrix("e", DataType.F32, TOKENS, 96, 0.1));
    for (int l = 0; l < 2; l++) {
      Value q = builder.embed(l + ".iq", random.matrix("q", DataType.F32, TOKENS, 128, 1));
      Value w = builder.embed(l + ".iw", random.matrix("w", DataType.F32, TOKENS, 4, 1));
      Value k = builder.embed(l + ".ik", random.matrix("k", DataType.F32, TOKENS, 32, 1));
      Tensor weight = random.vector("n", 32, 1, 0.1);
      Tensor bias = random.vector("b", 32, 0, 0.1);
      k = builder.layerNorm(l + ".norm", k, weight, bias, 1e-6f);
      q = builder.rope(l + ".iqr", q, 32, false, frequencies, 1);
      k = builder.rope(l + ".ikr", k, 32, false, frequencies, 1);
      Value selected = builder.selectPositions(l + ".topk", q, w, k, 160);
      Value y = latent.attend(builder, random, TOKENS, l + ".kqv", selected);
      sum = builder.add(l + ".sum", sum, y);
    }
    Graph graph = builder.observe(sum);
    Seen seen = new Seen(graph);
    double limit = attentionNmse(cache);
    check("all selected", graph, seen.plan, cache, Accuracy::assertNmse, limit);
  }
}

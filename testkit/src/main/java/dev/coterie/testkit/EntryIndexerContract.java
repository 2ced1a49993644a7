// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.CacheType;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The indexer over compressed entries, alone and before attention. */
public abstract class EntryIndexerContract extends CompressionContract {
  /** For subclasses. */
  protected EntryIndexerContract() {}

  /** The indexer straight from tables, with scores of about 1. */
  private static final class EntryIndexer {
    final Tensor query;
    final Tensor weights;
    final Entries entries;

    EntryIndexer(int heads, int size, int ratio) {
      RandomTensors random = new RandomTensors(heads + size);
      this.query = random.matrix("q", DataType.F32, TOKENS, heads * size, 1 / Math.sqrt(size));
      this.weights = random.matrix("w", DataType.F32, TOKENS, heads, 1 / Math.sqrt(heads));
      this.entries = new Entries(random, TOKENS, ratio, size);
    }

    Value select(GraphBuilder builder, int count) {
      Value q = builder.embed("iq", query);
      Value w = builder.embed("iw", weights);
      return builder.selectEntries("topk", q, w, entries.compressor(builder, "index"), count);
    }

    double[] scores(int[] tokens) {
      int last = tokens[tokens.length - 1];
      double[] q = ReferenceOps.row(query, last);
      double[] w = ReferenceOps.row(weights, last);
      return new ReferenceOps().indexScores(q, w, entries.after(tokens));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 32, 4, 1",
    "4, 32, 4, 7",
    "8, 128, 4, 33",
    "64, 128, 4, 16",
    "3, 40, 4, 35",
    "4, 64, 4, 100",
    "4, 32, 16, 3",
    "4, 32, 128, 2"
  })
  void selectEntries(int heads, int size, int ratio, int count) {
    EntryIndexer indexer = new EntryIndexer(heads, size, ratio);
    GraphBuilder builder = new GraphBuilder();
    Graph graph = builder.observe(indexer.select(builder, count));
    Seen seen = new Seen(graph);
    Judge judge =
        (what, _, actual, _) -> {
          for (int r = 0; r < actual.length; r++) {
            int[] prefix = seen.prefixes.get(r);
            judge(what + ", position " + (prefix.length - 1), indexer.scores(prefix), actual[r]);
          }
        };
    check(count + " entries", graph, seen.plan, judge, 0);
  }

  @ParameterizedTest
  @CsvSource({"4, 32, 1", "8, 64, 7", "8, 128, 30", "4, 40, 35", "4, 32, 64"})
  void compressedAttentionAfterTheIndexer(int heads, int size, int count) {
    EntryIndexer indexer = new EntryIndexer(heads, size, 4);
    GraphBuilder builder = new GraphBuilder();
    Value selected = indexer.select(builder, count);
    Compressed compressed = new Compressed(4, 40, 4, 32);
    Graph graph = builder.observe(compressed.attend(builder, TOKENS, "kqv", selected));
    Seen seen = new Seen(graph);
    Judge judge = whereClear(seen, prefix -> gap(indexer.scores(prefix), count));
    double limit = attentionNmse(CacheType.F32);
    check("attention to " + count, graph, seen.plan, CacheType.F32, judge, limit);
  }
}

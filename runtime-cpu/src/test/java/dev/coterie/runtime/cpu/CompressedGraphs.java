// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation.Compressor;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import dev.coterie.testkit.GraphBuilder;
import dev.coterie.testkit.RandomTensors;

/** Attention as in DeepSeek-V4, with an indexer where windows overlap; all inputs from tables. */
final class CompressedGraphs {
  static final int VOCABULARY = 83;
  static final int SIZE = 32;
  static final int INDEX_SIZE = 16;

  private static final int HEADS = 2;
  private static final int SELECTED = 9;
  private static final int WINDOW = 8;
  private static final float SCALE = 0.3f;
  private static final float EPSILON = 1e-6f;

  private final GraphBuilder builder = new GraphBuilder();
  private final RandomTensors random = new RandomTensors(7);

  private CompressedGraphs() {}

  /** A layer for each ratio; 4 overlaps, 0 is the window alone. */
  static Graph of(int... ratios) {
    CompressedGraphs graphs = new CompressedGraphs();
    Value sum = graphs.table("sum", HEADS * SIZE, 0.1);
    for (int layer = 0; layer < ratios.length; layer++) {
      Value attended = graphs.layer("blk." + layer + ".", ratios[layer]);
      sum = graphs.builder.add("blk." + layer + ".out", attended, sum);
    }
    return graphs.builder.observe(sum);
  }

  private Value layer(String blk, int ratio) {
    Value query = table(blk + "q", HEADS * SIZE, 1);
    Value key = table(blk + "k", SIZE, 1);
    Compressor compressor = ratio == 0 ? null : compressor(blk + "entry", ratio, SIZE);
    Value selected = null;
    if (ratio == 4) {
      Value indexQuery = table(blk + "iq", 8 * INDEX_SIZE, 1);
      Value weights = table(blk + "iw", 8, 1);
      Compressor made = compressor(blk + "index", ratio, INDEX_SIZE);
      selected = builder.selectEntries(blk + "topk", indexQuery, weights, made, SELECTED);
    }
    Tensor sinks = random.vector(blk + "sinks", HEADS, 0, 1);
    return builder.compressedAttention(
        blk + "kqv", query, key, compressor, selected, WINDOW, SCALE, sinks);
  }

  private Compressor compressor(String name, int ratio, int size) {
    int width = ratio == 4 ? 2 * size : size;
    return new Compressor(
        table(name + ".kv", width, 1),
        table(name + ".gate", width, 1),
        ratio,
        random.matrix(name + ".ape", DataType.F32, ratio, width, 1),
        random.vector(name + ".norm", size, 1, 0.1),
        EPSILON,
        GraphBuilder.frequencies(size / 4, 10_000));
  }

  /** A row for each token. */
  private Value table(String name, int width, double deviation) {
    return builder.embed(name, random.matrix(name, DataType.F32, VOCABULARY, width, deviation));
  }
}

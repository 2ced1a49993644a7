// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Value;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What DeepSeek-V4 adds, for {@link ReferenceExecutable}. The caches keep the values and gates of
 * every token, and entries are made of them whenever they are looked at.
 */
final class ReferenceCompression {
  private final ReferenceOps operations;
  private final ReferenceCache[] keys; // [layers]
  private final ReferenceCache[] raw; // [layers]: values and gates
  private final ReferenceCache[] indexes; // [layers]: values and gates of the indexer's entries

  /** An entry of a segment of the batch. */
  private record Entry(int segment, int window) {}

  ReferenceCompression(ReferenceOps operations, int layers, int numBlocks) {
    this.operations = operations;
    this.keys = caches(layers, numBlocks);
    this.raw = caches(layers, numBlocks);
    this.indexes = caches(layers, numBlocks);
  }

  private static ReferenceCache[] caches(int layers, int numBlocks) {
    ReferenceCache[] caches = new ReferenceCache[layers];
    Arrays.setAll(caches, _ -> new ReferenceCache(numBlocks));
    return caches;
  }

  /** Computes one of the operations that {@link CompressionCheck} knows. */
  double[][] compute(Operation operation, Batch batch, Function<Value, double[][]> get) {
    double[][] x = get.apply(operation.inputs().getFirst());
    double[][] y = new double[batch.numRows()][];
    switch (operation) {
      case Operation.Repeat repeat ->
          Arrays.setAll(y, r -> operations.repeat(x[r], repeat.output().width()));
      case Operation.HyperWeights hyper ->
          Arrays.setAll(
              y,
              r ->
                  operations.hyperWeights(
                      hyper, operations.hyperMix(x[r], hyper.function(), hyper.normEpsilon())));
      case Operation.HyperRead(_, Value weights, Value output) -> {
        double[][] w = get.apply(weights);
        Arrays.setAll(y, r -> operations.hyperRead(x[r], w[r], output.width()));
      }
      case Operation.HyperWrite(_, Value weights, Value input, _) -> {
        double[][] w = get.apply(weights);
        double[][] made = get.apply(input);
        Arrays.setAll(y, r -> operations.hyperWrite(x[r], w[r], made[r]));
      }
      case Operation.HyperHead head -> Arrays.setAll(y, r -> operations.hyperHead(head, x[r]));
      case Operation.GroupedLinear grouped -> {
        return operations.groupedLinear(grouped, x);
      }
      case Operation.CompressedAttention attention -> attend(attention, batch, get, y);
      case Operation.SelectEntries select -> select(select, batch, get, y);
      default -> throw new IllegalArgumentException("operation: " + operation);
    }
    return y;
  }

  private void attend(
      Operation.CompressedAttention attention,
      Batch batch,
      Function<Value, double[][]> get,
      double[][] y) {
    double[][] own =
        Arrays.stream(get.apply(attention.key())).map(operations::cached).toArray(double[][]::new);
    ReferenceCache keep = keys[attention.layer()];
    keep.put(batch, own, own);
    Operation.Compressor compressor = attention.compressor();
    ReferenceCache tokens = raw[attention.layer()];
    if (compressor != null) {
      tokens.put(batch, get.apply(compressor.values()), get.apply(compressor.gates()));
    }
    Operation.Visibility window = new Operation.Visibility.Window(attention.window());
    double[] sinks = ReferenceOps.row(attention.sinks(), 0);
    Value selected = attention.selected();
    Map<Entry, double[]> made = new HashMap<>();
    for (int r = 0; r < y.length; r++) {
      int position = batch.position(r);
      int from = operations.firstVisible(window, position);
      double[][] seen = keep.first(batch, r, IntStream.rangeClosed(from, position).toArray());
      if (compressor != null) {
        int count = operations.entries(compressor.ratio(), position);
        int[] windows =
            selected == null
                ? IntStream.range(0, count).toArray()
                : ReferenceExecutable.selected(get.apply(selected)[r], count - 1);
        double[][] entries = entries(compressor, tokens, batch, r, windows, made);
        seen = Stream.of(seen, entries).flatMap(Arrays::stream).toArray(double[][]::new);
      }
      y[r] =
          operations.attention(
              get.apply(attention.query())[r],
              seen,
              seen,
              attention.heads(),
              1,
              attention.key().width(),
              attention.scale(),
              sinks);
    }
  }

  private void select(
      Operation.SelectEntries select, Batch batch, Function<Value, double[][]> get, double[][] y) {
    Operation.Compressor compressor = select.compressor();
    ReferenceCache tokens = indexes[select.layer()];
    tokens.put(batch, get.apply(compressor.values()), get.apply(compressor.gates()));
    Map<Entry, double[]> made = new HashMap<>();
    for (int r = 0; r < y.length; r++) {
      int count = operations.entries(compressor.ratio(), batch.position(r));
      int[] windows = IntStream.range(0, count).toArray();
      y[r] =
          operations.selectPositions(
              get.apply(select.query())[r],
              get.apply(select.weights())[r],
              entries(compressor, tokens, batch, r, windows, made),
              select.output().width());
    }
  }

  private double[][] entries(
      Operation.Compressor compressor,
      ReferenceCache tokens,
      Batch batch,
      int row,
      int[] windows,
      Map<Entry, double[]> made) {
    int ratio = compressor.ratio();
    double[][] entries = new double[windows.length][];
    for (int i = 0; i < entries.length; i++) {
      int window = windows[i];
      int first = compressor.overlaps() && window > 0 ? window - 1 : window;
      int[] positions = IntStream.range(ratio * first, ratio * (window + 1)).toArray();
      entries[i] =
          made.computeIfAbsent(
              new Entry(batch.segmentOf(row), window),
              _ ->
                  operations.cached(
                      operations.compress(
                          compressor,
                          window,
                          tokens.first(batch, row, positions),
                          tokens.second(batch, row, positions))));
    }
    return entries;
  }

  long memoryBytes() {
    return Stream.of(keys, raw, indexes)
        .flatMap(Arrays::stream)
        .mapToLong(ReferenceCache::memoryBytes)
        .sum();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A graph interpreted in double precision, with an exact cache. Strict where a fast backend may not
 * be: reading a cache slot that nobody wrote, a token outside the vocabulary or a block outside the
 * limits is an {@link IllegalStateException} or {@link IllegalArgumentException}.
 */
public final class ReferenceExecutable implements Executable {
  private final ReferenceOps operations;
  private final Graph graph;
  private final Limits limits;
  private final Slot[][][] cache; // [layers, blocks, BLOCK_TOKENS]
  private final Map<String, double[][]> trace = new LinkedHashMap<>();
  private boolean tracing;
  private boolean closed;

  /** What the cache holds for one token. */
  private record Slot(double[] key, double[] value) {}

  ReferenceExecutable(ReferenceOps operations, Graph graph, Limits limits) {
    GraphCheck.check(graph);
    this.operations = operations;
    this.graph = graph;
    this.limits = limits;
    this.cache = new Slot[graph.layers()][limits.cacheBlocks()][];
  }

  /**
   * Says whether to keep the intermediates of the runs to come.
   *
   * @param on whether to keep them
   */
  public void tracing(boolean on) {
    tracing = on;
    trace.clear();
  }

  /**
   * The intermediates of the last run by {@link Value#name()}, in the order of the graph: {@code
   * [rows, width]}; for the logits {@code [numLogits, vocabulary]}.
   *
   * @return the values; empty unless {@link #tracing} is on
   */
  public Map<String, double[][]> trace() {
    return new LinkedHashMap<>(trace);
  }

  @Override
  public void run(Batch batch) {
    if (closed) {
      throw new IllegalStateException("executable is closed");
    }
    if (batch.numRows() > limits.maxRows()) {
      throw new IllegalArgumentException(
          "batch: expected at most " + limits.maxRows() + " rows, found " + batch.numRows());
    }
    Map<Value, double[][]> values = new HashMap<>();
    trace.clear();
    for (Operation operation : graph.operations()) {
      double[][] output = compute(operation, batch, values);
      values.put(operation.output(), output);
      if (tracing) {
        trace.put(operation.output().name(), output);
      }
    }
  }

  private double[][] compute(Operation operation, Batch batch, Map<Value, double[][]> values) {
    double[][] y = new double[batch.numRows()][];
    switch (operation) {
      case Operation.Embed(Tensor table, _) -> {
        for (int r = 0; r < y.length; r++) {
          int token = batch.token(r);
          if (token < 0 || token >= table.rows()) {
            throw new IllegalArgumentException(
                "token: expected 0 to " + (table.rows() - 1) + ", found " + token);
          }
          y[r] = operations.embed(table, token);
        }
      }
      case Operation.RmsNorm(Value input, Tensor weight, float epsilon, _) -> {
        double[][] x = get(values, input);
        double[] w = ReferenceOps.row(weight, 0);
        for (int r = 0; r < y.length; r++) {
          y[r] = operations.rmsNorm(x[r], w, epsilon);
        }
      }
      case Operation.Linear(Value input, Tensor weight, @Nullable Tensor bias, _) -> {
        double[] b = bias == null ? null : ReferenceOps.row(bias, 0);
        return operations.linear(get(values, input), weight, b);
      }
      case Operation.Rope rope -> {
        double[][] x = get(values, rope.input());
        float[] frequencies = rope.frequencies();
        for (int r = 0; r < y.length; r++) {
          y[r] =
              operations.rope(
                  x[r],
                  batch.position(r),
                  rope.headSize(),
                  rope.interleaved(),
                  frequencies,
                  rope.magnitude());
        }
      }
      case Operation.Attention attention -> attend(attention, batch, values, y);
      case Operation.SwiGlu(Value gate, Value up, _) -> {
        for (int r = 0; r < y.length; r++) {
          y[r] = operations.swiGlu(get(values, gate)[r], get(values, up)[r]);
        }
      }
      case Operation.Add(Value left, Value right, _) -> {
        for (int r = 0; r < y.length; r++) {
          y[r] = operations.add(get(values, left)[r], get(values, right)[r]);
        }
      }
      case Operation.Logits(Value input, Tensor weight, _) -> {
        return logits(get(values, input), weight, batch);
      }
    }
    return y;
  }

  private double[][] logits(double[][] x, Tensor weight, Batch batch) {
    double[][] wanted = new double[batch.numLogits()][];
    for (int i = 0; i < wanted.length; i++) {
      wanted[i] = x[batch.logitRow(i)];
    }
    double[][] y = operations.linear(wanted, weight, null);
    int vocabulary = weight.rows();
    float[] out = batch.logits(vocabulary);
    for (int i = 0; i < wanted.length; i++) {
      for (int v = 0; v < vocabulary; v++) {
        out[i * vocabulary + v] = (float) y[i][v];
      }
    }
    return y;
  }

  /**
   * Writes all rows of the batch first: a segment may share blocks with one that comes after it.
   */
  private void attend(
      Operation.Attention attention, Batch batch, Map<Value, double[][]> values, double[][] y) {
    double[][] query = get(values, attention.query());
    double[][] key = get(values, attention.key());
    double[][] value = get(values, attention.value());
    @Nullable Slot[][] blocks = cache[attention.layer()];
    for (int r = 0; r < y.length; r++) {
      int block = block(batch, r, batch.position(r));
      if (blocks[block] == null) {
        blocks[block] = new Slot[Limits.BLOCK_TOKENS];
      }
      blocks[block][batch.position(r) % Limits.BLOCK_TOKENS] =
          new Slot(operations.cached(key[r]), operations.cached(value[r]));
    }
    for (int r = 0; r < y.length; r++) {
      double[][] keys = new double[batch.position(r) + 1][];
      double[][] all = new double[keys.length][];
      for (int p = 0; p < keys.length; p++) {
        int block = block(batch, r, p);
        Slot slot = blocks[block] == null ? null : blocks[block][p % Limits.BLOCK_TOKENS];
        if (slot == null) {
          throw new IllegalStateException(
              "cache: block " + block + " holds nothing for position " + p + " of row " + r);
        }
        keys[p] = slot.key();
        all[p] = slot.value();
      }
      y[r] =
          operations.attention(
              query[r],
              keys,
              all,
              attention.heads(),
              attention.keyValueHeads(),
              attention.headSize(),
              attention.scale());
    }
  }

  private int block(Batch batch, int row, int position) {
    int[] table = batch.blockTable(batch.segmentOf(row));
    int block = table[position / Limits.BLOCK_TOKENS];
    if (block < 0 || block >= limits.cacheBlocks()) {
      throw new IllegalArgumentException(
          "block: expected 0 to " + (limits.cacheBlocks() - 1) + ", found " + block);
    }
    return block;
  }

  private static double[][] get(Map<Value, double[][]> values, Value value) {
    double[][] x = values.get(value);
    if (x == null) {
      throw new IllegalStateException("value '" + value.name() + "' was not computed");
    }
    return x;
  }

  @Override
  public long memoryBytes() {
    return Arrays.stream(cache)
        .flatMap(Arrays::stream)
        .filter(block -> block != null)
        .flatMap(Arrays::stream)
        .filter(slot -> slot != null)
        .mapToLong(slot -> Double.BYTES * ((long) slot.key().length + slot.value().length))
        .sum();
  }

  @Override
  public void close() {
    closed = true;
  }
}

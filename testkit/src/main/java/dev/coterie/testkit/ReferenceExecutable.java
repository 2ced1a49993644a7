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
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
  private final ReferenceCache[] cache; // [layers]: keys and values, or latents and rotated keys
  private final ReferenceCache[] indexes; // [layers]
  private final ReferenceCompression compression;
  private final Map<String, double[][]> trace = new LinkedHashMap<>();
  private boolean tracing;
  private boolean closed;

  ReferenceExecutable(ReferenceOps operations, Graph graph, Limits limits) {
    GraphCheck.check(graph);
    this.operations = operations;
    this.graph = graph;
    this.limits = limits;
    this.cache = new ReferenceCache[graph.layers()];
    Arrays.setAll(cache, _ -> new ReferenceCache(limits.cacheBlocks()));
    this.indexes = new ReferenceCache[graph.layers()];
    Arrays.setAll(indexes, _ -> new ReferenceCache(limits.cacheBlocks()));
    this.compression = new ReferenceCompression(operations, graph.layers(), limits.cacheBlocks());
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
      case Operation.HiddenInput(Value output) -> {
        float[] hidden = batch.hidden(output.width());
        for (int r = 0; r < y.length; r++) {
          y[r] = operations.hiddenInput(hidden, r, output.width());
        }
      }
      case Operation.HiddenOutput(Value input, _) -> {
        float[] hidden = batch.hidden(input.width());
        for (int r = 0; r < y.length; r++) {
          y[r] = get(values, input)[r];
          operations.hiddenOutput(y[r], hidden, r);
        }
      }
      case Operation.RmsNorm norm -> {
        double[] w = vector(norm.weight());
        for (int r = 0; r < y.length; r++) {
          y[r] = operations.rmsNorm(get(values, norm.input())[r], w, norm.epsilon(), norm.parts());
        }
      }
      case Operation.LayerNorm(Value input, Tensor weight, Tensor bias, float epsilon, _) -> {
        double[] w = ReferenceOps.row(weight, 0);
        double[] b = ReferenceOps.row(bias, 0);
        for (int r = 0; r < y.length; r++) {
          y[r] = operations.layerNorm(get(values, input)[r], w, b, epsilon);
        }
      }
      case Operation.Slice(Value input, int from, Value output) -> {
        for (int r = 0; r < y.length; r++) {
          y[r] = operations.slice(get(values, input)[r], from, output.width());
        }
      }
      case Operation.Concat(Value first, Value second, _) -> {
        for (int r = 0; r < y.length; r++) {
          y[r] = operations.concat(get(values, first)[r], get(values, second)[r]);
        }
      }
      case Operation.Linear(Value input, Tensor weight, @Nullable Tensor bias, _) -> {
        return operations.linear(get(values, input), weight, vector(bias));
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
                  rope.offset(),
                  rope.interleaved(),
                  frequencies,
                  rope.magnitude());
        }
      }
      case Operation.PositionScale(Value input, float scale, int period, _) -> {
        for (int r = 0; r < y.length; r++) {
          y[r] = operations.positionScale(get(values, input)[r], batch.position(r), scale, period);
        }
      }
      case Operation.Attention attention -> attend(attention, batch, values, y);
      case Operation.MlaAttention attention -> attend(attention, batch, values, y);
      case Operation.SelectPositions select -> select(select, batch, values, y);
      case Operation.Route route -> {
        for (int r = 0; r < y.length; r++) {
          y[r] = operations.route(route, get(values, route.logits())[r], batch.token(r));
        }
      }
      case Operation.Experts experts -> {
        count(experts, batch, get(values, experts.routing()));
        return operations.experts(
            experts, get(values, experts.input()), get(values, experts.routing()));
      }
      case Operation.SwiGlu(Value gate, Value up, float limit, _) -> {
        for (int r = 0; r < y.length; r++) {
          y[r] = operations.swiGlu(get(values, gate)[r], get(values, up)[r], limit);
        }
      }
      case Operation.Add(Value left, Value right, _) -> {
        for (int r = 0; r < y.length; r++) {
          y[r] = operations.add(get(values, left)[r], get(values, right)[r]);
        }
      }
      case Operation.Repeat _,
          Operation.HyperWeights _,
          Operation.HyperRead _,
          Operation.HyperWrite _,
          Operation.HyperHead _,
          Operation.GroupedLinear _,
          Operation.CompressedAttention _,
          Operation.SelectEntries _ -> {
        return compression.compute(operation, batch, value -> get(values, value));
      }
      case Operation.Logits(Value input, Tensor weight, _) -> {
        return logits(get(values, input), weight, batch);
      }
    }
    return y;
  }

  private void count(Operation.Experts experts, Batch batch, double[][] routing) {
    int first = 0;
    for (Operation.Experts mixture : graph.mixtures()) {
      if (mixture.output().equals(experts.output())) {
        break;
      }
      first += mixture.gate().size();
    }
    for (int r = 0; r < routing.length; r++) {
      int[] counts = batch.expertCounts(batch.segmentOf(r));
      for (int k = 0; counts != null && k < routing[r].length / 2; k++) {
        counts[first + (int) routing[r][k]]++;
      }
    }
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

  private void attend(
      Operation.Attention attention, Batch batch, Map<Value, double[][]> values, double[][] y) {
    ReferenceCache keep = cache[attention.layer()];
    keep.put(batch, cached(values, attention.key()), cached(values, attention.value()));
    double[] sinks = vector(attention.sinks());
    for (int r = 0; r < y.length; r++) {
      int from = operations.firstVisible(attention.visibility(), batch.position(r));
      int[] visible = IntStream.rangeClosed(from, batch.position(r)).toArray();
      y[r] =
          operations.attention(
              get(values, attention.query())[r],
              keep.first(batch, r, visible),
              keep.second(batch, r, visible),
              attention.heads(),
              attention.keyValueHeads(),
              attention.headSize(),
              attention.scale(),
              sinks);
    }
  }

  private void attend(
      Operation.MlaAttention attention, Batch batch, Map<Value, double[][]> values, double[][] y) {
    ReferenceCache keep = cache[attention.layer()];
    keep.put(batch, cached(values, attention.latent()), cached(values, attention.keyRope()));
    double[][][] keyUp = ReferenceOps.matrices(attention.keyUp());
    double[][][] valueUp = ReferenceOps.matrices(attention.valueUp());
    Value selected = attention.selected();
    for (int r = 0; r < y.length; r++) {
      int[] visible =
          selected == null
              ? IntStream.rangeClosed(0, batch.position(r)).toArray()
              : selected(get(values, selected)[r], batch.position(r));
      y[r] =
          operations.mlaAttention(
              get(values, attention.query())[r],
              keep.first(batch, r, visible),
              keep.second(batch, r, visible),
              keyUp,
              valueUp,
              attention.scale());
    }
  }

  /** The numbers of a row but −1, none greater than the last. */
  static int[] selected(double[] row, int last) {
    int[] positions = Arrays.stream(row).mapToInt(p -> (int) p).filter(p -> p != -1).toArray();
    for (int p : positions) {
      if (p < 0 || p > last) {
        throw new IllegalArgumentException(
            "selected position: expected -1 to " + last + ", found " + p);
      }
    }
    return positions;
  }

  private void select(
      Operation.SelectPositions select, Batch batch, Map<Value, double[][]> values, double[][] y) {
    ReferenceCache keep = indexes[select.layer()];
    double[][] keys = cached(values, select.key());
    keep.put(batch, keys, keys);
    for (int r = 0; r < y.length; r++) {
      y[r] =
          operations.selectPositions(
              get(values, select.query())[r],
              get(values, select.weights())[r],
              keep.first(batch, r, IntStream.rangeClosed(0, batch.position(r)).toArray()),
              select.output().width());
    }
  }

  private double[][] cached(Map<Value, double[][]> values, Value value) {
    return Arrays.stream(get(values, value)).map(operations::cached).toArray(double[][]::new);
  }

  private static double @Nullable [] vector(@Nullable Tensor tensor) {
    return tensor == null ? null : ReferenceOps.row(tensor, 0);
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
    return compression.memoryBytes()
        + Stream.of(cache, indexes)
            .flatMap(Arrays::stream)
            .mapToLong(ReferenceCache::memoryBytes)
            .sum();
  }

  @Override
  public void close() {
    closed = true;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.layer;

import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.format.LoraFile;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes down a model's graph, operation by operation, in the order of its forward pass. Weights
 * are looked up by the name they have in the file, and checked against the shape that the layer
 * wants.
 */
public final class GraphWriter {
  private final Checkpoint checkpoint;
  private final List<Operation> operations = new ArrayList<>();
  private final Set<String> used;

  /**
   * An empty graph.
   *
   * @param checkpoint holds the weights
   */
  public GraphWriter(Checkpoint checkpoint) {
    this(checkpoint, new HashSet<>());
  }

  private GraphWriter(Checkpoint checkpoint, Set<String> used) {
    this.checkpoint = checkpoint;
    this.used = used;
  }

  /** An empty graph of the same checkpoint; the weights used here count as used there. */
  public GraphWriter another() {
    return new GraphWriter(checkpoint, new HashSet<>(used));
  }

  /** A weight that must be there. */
  public Tensor tensor(String name, long... shape) {
    used.add(name);
    return checkpoint.tensor(name, shape);
  }

  /** A weight that may be absent. */
  public @Nullable Tensor optional(String name, long... shape) {
    return checkpoint.find(name) == null ? null : tensor(name, shape);
  }

  /** Whether there is a weight of that name. */
  public boolean has(String name) {
    return checkpoint.find(name) != null;
  }

  /** Matrices of one shape that the file holds as a stack or one by one. */
  public List<Tensor> experts(String name, int count, long rows, long columns) {
    used.add(name);
    return checkpoint.experts(name, count, rows, columns);
  }

  /** The matrices of a stack that every file holds as one. */
  public List<Tensor> stack(String name, int count, int rows, int columns) {
    Tensor all = tensor(name, count, rows, columns);
    return IntStream.range(0, count).mapToObj(i -> Rows.of(all, i * rows, rows)).toList();
  }

  /** A table of integers. */
  public int[] integers(String name, int limit, long... shape) {
    used.add(name);
    return checkpoint.integers(name, limit, shape);
  }

  /** {@code [hiddenSize]} of each row's token. */
  public Value embed(String name, Tensor table) {
    return add(new Operation.Embed(table, new Value(name, table.columns())));
  }

  /** Norm over the row, with weight {@code <weight>.weight}. */
  public Value rmsNorm(String name, Value input, String weight, float epsilon) {
    Tensor tensor = tensor(weight + ".weight", input.width());
    return add(new Operation.RmsNorm(input, tensor, epsilon, new Value(name, input.width())));
  }

  /**
   * {@code W x + b} with {@code <weight>.weight} and, where the file has it, {@code <weight>.bias};
   * and what adapters add.
   */
  public Value linear(String name, Value input, String weight, int width) {
    Tensor matrix = tensor(weight + ".weight", width, input.width());
    Tensor bias = optional(weight + ".bias", width);
    return adapted(
        new Value(name, width),
        input,
        weight,
        output -> new Operation.Linear(input, matrix, bias, output));
  }

  /**
   * A linear operation and what adapters add to it, {@code B (A x)} each.
   *
   * @param output {@code [out]}, the sum
   * @param input {@code [in]}
   * @param weight the name of the weight, without {@code .weight}
   * @param base makes the operation with the output that it is given
   */
  public Value adapted(Value output, Value input, String weight, Function<Value, Operation> base) {
    int width = output.width();
    List<LoraFile.Pair> pairs = new ArrayList<>();
    for (LoraFile adapter : checkpoint.adapters()) {
      LoraFile.Pair pair = adapter.find(weight + ".weight", width, input.width());
      if (pair != null) {
        pairs.add(pair);
      }
    }
    String name = output.name();
    Value sum = add(base.apply(pairs.isEmpty() ? output : new Value(name + "_base", width)));
    for (int i = 0; i < pairs.size(); i++) {
      LoraFile.Pair pair = pairs.get(i);
      Value low = new Value(name + "_lora_a_" + i, pair.rank()); // [rank]
      add(new Operation.Linear(input, pair.a(), null, low));
      Value added = new Value(name + "_lora_b_" + i, width); // [out]
      add(new Operation.Linear(low, pair.b(), null, added));
      Value next = i == pairs.size() - 1 ? output : new Value(name + "_lora_" + i, width);
      sum = add(new Operation.Add(sum, added, next));
    }
    return sum;
  }

  /** The residual. */
  public Value add(String name, Value left, Value right) {
    return add(new Operation.Add(left, right, new Value(name, left.width())));
  }

  /** Appends an operation. */
  public Value add(Operation operation) {
    operations.add(operation);
    return operation.output();
  }

  /**
   * The end of every model: a norm and the output projection, which may be the embedding table. All
   * weights must have been used by then.
   *
   * @param x the residual stream {@code [hiddenSize]}
   * @param embedTokens {@code [vocabularySize, hiddenSize]}
   * @param layers how many layers have a cache
   */
  public Graph finish(Value x, Tensor embedTokens, float epsilon, int layers) {
    return finish(rmsNorm("result_norm", x, "output_norm", epsilon), head(embedTokens), layers);
  }

  /**
   * The end behind the norm.
   *
   * @param normed {@code [hiddenSize]}
   * @param head {@code [vocabularySize, hiddenSize]}
   * @param layers how many layers have a cache
   */
  public Graph finish(Value normed, Tensor head, int layers) {
    add(new Operation.Logits(normed, head, new Value("result_output", head.rows())));
    checkpoint.refuseOthers(used, layers);
    return new Graph(operations, layers);
  }

  /** The output projection, which may be the embedding table. */
  public Tensor head(Tensor embedTokens) {
    Tensor head = optional("output.weight", embedTokens.rows(), embedTokens.columns());
    return head != null ? head : embedTokens;
  }
}

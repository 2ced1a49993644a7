// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.layer;

import dev.coterie.engine.format.Checkpoint;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes down a model's graph, operation by operation, in the order of its forward pass. Weights
 * are looked up by the name they have in the file, and checked against the shape that the layer
 * wants.
 */
public final class GraphWriter {
  private final Checkpoint checkpoint;
  private final List<Operation> operations = new ArrayList<>();

  /**
   * An empty graph.
   *
   * @param checkpoint holds the weights
   */
  public GraphWriter(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
  }

  /** The graph as it stands. */
  public Graph graph(int layers) {
    return new Graph(operations, layers);
  }

  /** A weight that must be there. */
  public Tensor tensor(String name, long... shape) {
    return checkpoint.tensor(name, shape);
  }

  /** A weight that may be absent. */
  public @Nullable Tensor optional(String name, long... shape) {
    return checkpoint.find(name) == null ? null : checkpoint.tensor(name, shape);
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
   * {@code W x + b} with {@code <weight>.weight} and, where the file has it, {@code <weight>.bias}.
   */
  public Value linear(String name, Value input, String weight, int width) {
    Tensor matrix = tensor(weight + ".weight", width, input.width());
    Tensor bias = optional(weight + ".bias", width);
    return add(new Operation.Linear(input, matrix, bias, new Value(name, width)));
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
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks that a graph is well-formed: order, names, widths, shapes. */
public final class GraphCheck {
  private GraphCheck() {}

  /**
   * Checks a graph.
   *
   * @param graph what an engine built
   * @throws IllegalArgumentException if an operation reads what was not made before, two make
   *     values of the same name, widths or shapes do not fit, or the logits are not the last and
   *     only ones
   */
  public static void check(Graph graph) {
    Set<Value> known = new HashSet<>();
    Set<String> names = new HashSet<>();
    Set<Integer> layers = new HashSet<>();
    for (Operation operation : graph.operations()) {
      String name = operation.output().name();
      for (Value input : operation.inputs()) {
        require(known.contains(input), name, "reads '" + input.name() + "', which is not made yet");
      }
      require(names.add(name), name, "is made twice");
      known.add(operation.output());
      shapes(operation, name);
      if (operation instanceof Operation.Attention attention) {
        require(
            attention.layer() >= 0 && attention.layer() < graph.layers(),
            name,
            "has no such layer");
        require(layers.add(attention.layer()), name, "shares its layer's cache with another");
      }
      boolean last = operation.equals(graph.operations().getLast());
      require(
          operation instanceof Operation.Logits == last, name, "logits must stand last and alone");
    }
  }

  private static void shapes(Operation operation, String name) {
    int out = operation.output().width();
    switch (operation) {
      case Operation.Embed(Tensor table, _) -> columns(name, table, out);
      case Operation.RmsNorm(Value input, Tensor weight, _, _) -> {
        vector(name, weight, out);
        width(name, input, out);
      }
      case Operation.Linear(Value input, Tensor weight, @Nullable Tensor bias, _) -> {
        columns(name, weight, input.width());
        require(weight.rows() == out, name, "has " + out + " values of " + weight.rows() + " rows");
        if (bias != null) {
          vector(name, bias, out);
        }
      }
      case Operation.Rope rope -> {
        width(name, rope.input(), out);
        require(rope.heads() * rope.headSize() == out, name, "heads and head size do not fit");
        require(2 * rope.frequencies().length <= rope.headSize(), name, "too many frequencies");
      }
      case Operation.Attention attention -> {
        require(attention.heads() % attention.keyValueHeads() == 0, name, "heads do not fit");
        width(name, attention.query(), attention.heads() * attention.headSize());
        width(name, attention.key(), attention.keyValueHeads() * attention.headSize());
        width(name, attention.value(), attention.keyValueHeads() * attention.headSize());
        width(name, attention.output(), attention.heads() * attention.headSize());
      }
      case Operation.SwiGlu _, Operation.Add _ ->
          operation.inputs().forEach(input -> width(name, input, out));
      case Operation.Logits(Value input, Tensor weight, _) -> {
        columns(name, weight, input.width());
        require(weight.rows() == out, name, "has " + out + " values of " + weight.rows() + " rows");
      }
    }
  }

  private static void width(String name, Value value, int expected) {
    require(
        value.width() == expected,
        name,
        "value '" + value.name() + "': expected width " + expected + ", found " + value.width());
  }

  private static void columns(String name, Tensor tensor, int expected) {
    require(
        tensor.columns() == expected,
        name,
        "tensor '"
            + tensor.name()
            + "': expected "
            + expected
            + " columns, found "
            + tensor.shape());
  }

  private static void vector(String name, Tensor tensor, int length) {
    require(
        tensor.shape().equals(List.of((long) length)),
        name,
        "tensor '" + tensor.name() + "': expected shape [" + length + "], found " + tensor.shape());
  }

  private static void require(boolean condition, String name, String problem) {
    if (!condition) {
      throw new IllegalArgumentException("operation '" + name + "': " + problem);
    }
  }
}

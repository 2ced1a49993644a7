// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.Arrays;
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
   *     values of the same name, widths or shapes do not fit, hidden states have different widths,
   *     or the logits are not the last and only ones
   */
  public static void check(Graph graph) {
    Set<Value> known = new HashSet<>();
    Set<String> names = new HashSet<>();
    Set<Integer> caches = new HashSet<>();
    Set<Integer> indexes = new HashSet<>();
    Set<Integer> hidden = new HashSet<>();
    for (Operation operation : graph.operations()) {
      String name = operation.output().name();
      for (Value input : operation.inputs()) {
        require(known.contains(input), name, "reads '" + input.name() + "', which is not made yet");
      }
      require(names.add(name), name, "is made twice");
      known.add(operation.output());
      shapes(operation, name);
      switch (operation) {
        case Operation.Attention attention -> layer(graph, name, attention.layer(), caches);
        case Operation.MlaAttention attention -> layer(graph, name, attention.layer(), caches);
        case Operation.CompressedAttention attention ->
            layer(graph, name, attention.layer(), caches);
        case Operation.SelectPositions select -> layer(graph, name, select.layer(), indexes);
        case Operation.SelectEntries select -> layer(graph, name, select.layer(), indexes);
        case Operation.HiddenInput _, Operation.HiddenOutput _ ->
            hidden.add(operation.output().width());
        default -> {}
      }
      require(hidden.size() <= 1, name, "is not as wide as the other hidden state");
      boolean last = operation.equals(graph.operations().getLast());
      require(
          operation instanceof Operation.Logits == last, name, "logits must stand last and alone");
    }
  }

  private static void layer(Graph graph, String name, int layer, Set<Integer> used) {
    require(layer >= 0 && layer < graph.layers(), name, "has no such layer");
    require(used.add(layer), name, "shares its layer's cache with another");
  }

  private static void shapes(Operation operation, String name) {
    int out = operation.output().width();
    switch (operation) {
      case Operation.Embed(Tensor table, _) -> columns(name, table, out);
      case Operation.HiddenInput _ -> {}
      case Operation.HiddenOutput(Value input, _) -> width(name, input, out);
      case Operation.RmsNorm(Value input, @Nullable Tensor weight, _, int parts, _) -> {
        require(parts >= 1 && out % parts == 0, name, "parts do not fit");
        optional(name, weight, out / parts);
        width(name, input, out);
      }
      case Operation.LayerNorm(Value input, Tensor weight, Tensor bias, _, _) -> {
        vector(name, weight, out);
        vector(name, bias, out);
        width(name, input, out);
      }
      case Operation.Slice(Value input, int from, _) ->
          require(from >= 0 && out >= 1 && from + out <= input.width(), name, "is out of range");
      case Operation.Concat(Value first, Value second, _) ->
          require(first.width() + second.width() == out, name, "widths do not fit");
      case Operation.Linear(Value input, Tensor weight, @Nullable Tensor bias, _) -> {
        columns(name, weight, input.width());
        require(weight.rows() == out, name, "has " + out + " values of " + weight.rows() + " rows");
        optional(name, bias, out);
      }
      case Operation.Rope rope -> {
        width(name, rope.input(), out);
        require(rope.heads() * rope.headSize() == out, name, "heads and head size do not fit");
      }
      case Operation.PositionScale(Value input, _, int period, _) -> {
        require(period >= 1, name, "period is not positive");
        width(name, input, out);
      }
      case Operation.Attention attention -> {
        require(attention.heads() % attention.keyValueHeads() == 0, name, "heads do not fit");
        width(name, attention.query(), attention.heads() * attention.headSize());
        width(name, attention.key(), attention.keyValueHeads() * attention.headSize());
        width(name, attention.value(), attention.keyValueHeads() * attention.headSize());
        width(name, attention.output(), attention.heads() * attention.headSize());
        optional(name, attention.sinks(), attention.heads());
        switch (attention.visibility()) {
          case Operation.Visibility.Full() -> {}
          case Operation.Visibility.Window(int size) -> require(size >= 1, name, "sees nothing");
          case Operation.Visibility.Chunk(int size) -> require(size >= 1, name, "sees nothing");
        }
      }
      case Operation.MlaAttention attention -> latent(name, attention);
      case Operation.SelectPositions select -> {
        int heads = select.weights().width();
        width(name, select.query(), heads * select.key().width());
        require(out >= 1, name, "selects nothing");
      }
      case Operation.Route route -> {
        int experts = route.logits().width();
        optional(name, route.bias(), experts);
        require(out % 2 == 0 && route.used() >= 1, name, "chooses nothing");
        int[] table = route.table();
        if (table != null) {
          require(table.length % route.used() == 0, name, "table does not fit");
          require(
              Arrays.stream(table).allMatch(e -> e >= 0 && e < experts), name, "no such expert");
        }
      }
      case Operation.Experts experts -> experts(name, experts);
      case Operation.SwiGlu(Value gate, Value up, float limit, _) -> {
        require(limit > 0, name, "limit is not positive");
        width(name, gate, out);
        width(name, up, out);
      }
      case Operation.Add(Value left, Value right, _) -> {
        width(name, left, out);
        width(name, right, out);
      }
      case Operation.Repeat _,
          Operation.HyperWeights _,
          Operation.HyperRead _,
          Operation.HyperWrite _,
          Operation.HyperHead _,
          Operation.GroupedLinear _,
          Operation.CompressedAttention _,
          Operation.SelectEntries _ ->
          CompressionCheck.shapes(operation, name);
      case Operation.Logits(Value input, Tensor weight, _) -> {
        columns(name, weight, input.width());
        require(weight.rows() == out, name, "has " + out + " values of " + weight.rows() + " rows");
      }
    }
  }

  private static void latent(String name, Operation.MlaAttention attention) {
    int heads = attention.heads();
    int rank = attention.latent().width();
    int rope = attention.keyRope().width();
    require(attention.valueUp().size() == heads, name, "heads do not fit");
    attention.keyUp().forEach(tensor -> matrix(name, tensor, rank, attention.nope()));
    attention.valueUp().forEach(tensor -> matrix(name, tensor, attention.valueSize(), rank));
    width(name, attention.query(), heads * (attention.nope() + rope));
    width(name, attention.output(), heads * attention.valueSize());
  }

  private static void experts(String name, Operation.Experts experts) {
    int count = experts.gate().size();
    int width = experts.input().width();
    int inner = experts.intermediate();
    require(experts.up().size() == count, name, "up does not fit");
    require(experts.down().size() == count, name, "down does not fit");
    experts.gate().forEach(tensor -> matrix(name, tensor, inner, width));
    experts.up().forEach(tensor -> matrix(name, tensor, inner, width));
    experts.down().forEach(tensor -> matrix(name, tensor, width, inner));
    biases(name, experts.gateBias(), count, inner);
    biases(name, experts.upBias(), count, inner);
    biases(name, experts.downBias(), count, width);
    width(name, experts.output(), width);
    require(experts.routing().width() % 2 == 0, name, "routing is not in pairs");
    float limit =
        switch (experts.activation()) {
          case Operation.Activation.Swiglu swiglu -> swiglu.limit();
          case Operation.Activation.ShiftedSwiglu swiglu -> swiglu.limit();
        };
    require(limit > 0, name, "limit is not positive");
  }

  private static void biases(String name, @Nullable Tensor tensor, int experts, int width) {
    if (tensor != null) {
      matrix(name, tensor, experts, width);
    }
  }

  static void matrix(String name, Tensor tensor, int rows, int columns) {
    List<Long> shape = List.of((long) rows, (long) columns);
    require(
        tensor.shape().equals(shape),
        name,
        "tensor '" + tensor.name() + "': expected shape " + shape + ", found " + tensor.shape());
  }

  private static void optional(String name, @Nullable Tensor tensor, int length) {
    if (tensor != null) {
      vector(name, tensor, length);
    }
  }

  static void width(String name, Value value, int expected) {
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

  static void vector(String name, Tensor tensor, int length) {
    require(
        tensor.shape().equals(List.of((long) length)),
        name,
        "tensor '" + tensor.name() + "': expected shape [" + length + "], found " + tensor.shape());
  }

  static void require(boolean condition, String name, String problem) {
    if (!condition) {
      throw new IllegalArgumentException("operation '" + name + "': " + problem);
    }
  }
}

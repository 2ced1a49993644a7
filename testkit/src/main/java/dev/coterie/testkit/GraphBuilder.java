// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts graphs together, one operation a call. For one graph. */
public final class GraphBuilder {
  private final List<Operation> operations = new ArrayList<>();
  private int layers;

  /** An empty graph. */
  public GraphBuilder() {}

  private Value append(Operation operation) {
    operations.add(operation);
    return operation.output();
  }

  /**
   * Appends an embedding.
   *
   * @param name the output's name
   * @param table {@code [vocabulary, width]}
   * @return the output
   */
  public Value embed(String name, Tensor table) {
    return append(new Operation.Embed(table, new Value(name, table.columns())));
  }

  /**
   * Appends a norm.
   *
   * @param name the output's name
   * @param x the input
   * @param weight {@code [width]}
   * @param epsilon keeps the root from 0
   * @return the output
   */
  public Value rmsNorm(String name, Value x, Tensor weight, float epsilon) {
    return append(new Operation.RmsNorm(x, weight, epsilon, new Value(name, x.width())));
  }

  /**
   * Appends a projection.
   *
   * @param name the output's name
   * @param x the input
   * @param weight {@code [out, in]}
   * @param bias {@code [out]}, or null
   * @return the output
   */
  public Value linear(String name, Value x, Tensor weight, @Nullable Tensor bias) {
    return append(new Operation.Linear(x, weight, bias, new Value(name, weight.rows())));
  }

  /**
   * Appends a rotary embedding.
   *
   * @param name the output's name
   * @param x the input
   * @param headSize values a head
   * @param interleaved which values form a pair
   * @param frequencies radians a position
   * @param magnitude multiplies the rotated values
   * @return the output
   */
  public Value rope(
      String name,
      Value x,
      int headSize,
      boolean interleaved,
      float[] frequencies,
      float magnitude) {
    return append(
        new Operation.Rope(
            x,
            x.width() / headSize,
            headSize,
            interleaved,
            frequencies,
            magnitude,
            new Value(name, x.width())));
  }

  /**
   * Appends attention with the next layer's cache.
   *
   * @param name the output's name
   * @param query {@code [heads · headSize]}
   * @param key {@code [keyValueHeads · headSize]}
   * @param value {@code [keyValueHeads · headSize]}
   * @param headSize values a head
   * @param scale multiplies the products
   * @return the output
   */
  public Value attention(
      String name, Value query, Value key, Value value, int headSize, float scale) {
    return append(
        new Operation.Attention(
            query,
            key,
            value,
            layers++,
            query.width() / headSize,
            key.width() / headSize,
            headSize,
            scale,
            new Value(name, query.width())));
  }

  /**
   * Appends a gated activation.
   *
   * @param name the output's name
   * @param gate {@code [width]}
   * @param up {@code [width]}
   * @return the output
   */
  public Value swiGlu(String name, Value gate, Value up) {
    return append(new Operation.SwiGlu(gate, up, new Value(name, gate.width())));
  }

  /**
   * Appends a sum.
   *
   * @param name the output's name
   * @param left {@code [width]}
   * @param right {@code [width]}
   * @return the output
   */
  public Value add(String name, Value left, Value right) {
    return append(new Operation.Add(left, right, new Value(name, left.width())));
  }

  /**
   * Ends the graph.
   *
   * @param x the input
   * @param weight {@code [vocabulary, width]}
   * @return the graph
   */
  public Graph logits(Value x, Tensor weight) {
    append(new Operation.Logits(x, weight, new Value("result_output", weight.rows())));
    return new Graph(operations, layers);
  }

  /**
   * Ends the graph so that a value comes out as it is: the logits' weight is the identity in F32.
   *
   * @param x the value to observe
   * @return the graph
   */
  public Graph observe(Value x) {
    return logits(x, RandomTensors.identity("identity.weight", x.width()));
  }

  /**
   * The frequencies of plain rotary embeddings: {@code base^(-i / count)}.
   *
   * @param count how many pairs rotate
   * @param base the base, often 10000
   * @return the frequencies
   */
  public static float[] frequencies(int count, double base) {
    float[] frequencies = new float[count];
    for (int i = 0; i < count; i++) {
      frequencies[i] = (float) Math.pow(base, -i / (double) count);
    }
    return frequencies;
  }
}

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
  private int layers; // of attention
  private int indexLayers;

  /** An empty graph. */
  public GraphBuilder() {}

  /**
   * Appends any operation.
   *
   * @param operation the operation
   * @return its output
   */
  public Value append(Operation operation) {
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
   * Appends a norm of each of several equal parts.
   *
   * @param name the output's name
   * @param x the input
   * @param weight {@code [width / parts]}, or null for all ones
   * @param epsilon keeps the root from 0
   * @param parts how many parts
   * @return the output
   */
  public Value rmsNorm(String name, Value x, @Nullable Tensor weight, float epsilon, int parts) {
    return append(new Operation.RmsNorm(x, weight, epsilon, parts, new Value(name, x.width())));
  }

  /**
   * Appends a norm that takes the mean off.
   *
   * @param name the output's name
   * @param x the input
   * @param weight {@code [width]}
   * @param bias {@code [width]}
   * @param epsilon keeps the root from 0
   * @return the output
   */
  public Value layerNorm(String name, Value x, Tensor weight, Tensor bias, float epsilon) {
    return append(new Operation.LayerNorm(x, weight, bias, epsilon, new Value(name, x.width())));
  }

  /**
   * Appends a stretch of a row.
   *
   * @param name the output's name
   * @param x the input
   * @param from the first value taken
   * @param length how many are taken
   * @return the output
   */
  public Value slice(String name, Value x, int from, int length) {
    return append(new Operation.Slice(x, from, new Value(name, length)));
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
    return rope(name, x, headSize, 0, interleaved, frequencies, magnitude);
  }

  /**
   * Appends a rotary embedding of a part of each head.
   *
   * @param name the output's name
   * @param x the input
   * @param headSize values a head
   * @param offset the first rotated value of a head
   * @param interleaved which values form a pair
   * @param frequencies radians a position
   * @param magnitude multiplies the rotated values
   * @return the output
   */
  public Value rope(
      String name,
      Value x,
      int headSize,
      int offset,
      boolean interleaved,
      float[] frequencies,
      float magnitude) {
    return append(
        new Operation.Rope(
            x,
            x.width() / headSize,
            headSize,
            offset,
            interleaved,
            frequencies,
            magnitude,
            new Value(name, x.width())));
  }

  /**
   * Appends a temperature that grows with the position.
   *
   * @param name the output's name
   * @param x the input
   * @param scale how strongly
   * @param period positions after which it grows
   * @return the output
   */
  public Value positionScale(String name, Value x, float scale, int period) {
    return append(new Operation.PositionScale(x, scale, period, new Value(name, x.width())));
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
    Operation.Visibility full = new Operation.Visibility.Full();
    return attention(name, query, key, value, headSize, scale, full, null);
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
   * @param visibility which positions are seen
   * @param sinks {@code [heads]}, or null
   * @return the output
   */
  public Value attention(
      String name,
      Value query,
      Value key,
      Value value,
      int headSize,
      float scale,
      Operation.Visibility visibility,
      @Nullable Tensor sinks) {
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
            visibility,
            sinks,
            new Value(name, query.width())));
  }

  /**
   * Appends latent attention with the next layer's cache.
   *
   * @param name the output's name
   * @param query {@code [heads · (nope + rope)]}
   * @param latent {@code [rank]}
   * @param keyRope {@code [rope]}
   * @param keyUp for each head {@code [rank, nope]}
   * @param valueUp for each head {@code [valueSize, rank]}
   * @param scale multiplies the scores
   * @param selected the positions that are seen, or null for all
   * @return the output
   */
  public Value mlaAttention(
      String name,
      Value query,
      Value latent,
      Value keyRope,
      List<Tensor> keyUp,
      List<Tensor> valueUp,
      float scale,
      @Nullable Value selected) {
    int width = valueUp.size() * valueUp.getFirst().rows();
    return append(
        new Operation.MlaAttention(
            query,
            latent,
            keyRope,
            keyUp,
            valueUp,
            layers++,
            scale,
            selected,
            new Value(name, width)));
  }

  /**
   * Appends a lightning indexer with the next layer's index cache.
   *
   * @param name the output's name
   * @param query {@code [heads · size]}
   * @param weights {@code [heads]}
   * @param key {@code [size]}
   * @param count how many positions are selected
   * @return the output
   */
  public Value selectPositions(String name, Value query, Value weights, Value key, int count) {
    Value output = new Value(name, count);
    return append(new Operation.SelectPositions(query, weights, key, indexLayers++, output));
  }

  /**
   * Appends attention to a window and entries with the next layer's cache.
   *
   * @param name the output's name
   * @param query {@code [heads · size]}
   * @param key {@code [size]}
   * @param compressor makes entries, or null for the window alone
   * @param selected the entries that are seen, or null for all
   * @param window how many tokens are seen
   * @param scale multiplies the products
   * @param sinks {@code [heads]}
   * @return the output
   */
  public Value compressedAttention(
      String name,
      Value query,
      Value key,
      Operation.@Nullable Compressor compressor,
      @Nullable Value selected,
      int window,
      float scale,
      Tensor sinks) {
    Value output = new Value(name, query.width());
    return append(
        new Operation.CompressedAttention(
            query, key, compressor, selected, layers++, window, scale, sinks, output));
  }

  /**
   * Appends an indexer over entries with the next layer's index cache.
   *
   * @param name the output's name
   * @param query {@code [heads · size]}
   * @param weights {@code [heads]}
   * @param compressor makes the entries
   * @param count how many entries are selected
   * @return the output
   */
  public Value selectEntries(
      String name, Value query, Value weights, Operation.Compressor compressor, int count) {
    Value output = new Value(name, count);
    return append(new Operation.SelectEntries(query, weights, compressor, indexLayers++, output));
  }

  /**
   * Appends a choice of the best experts, without bias and groups.
   *
   * @param name the output's name
   * @param logits {@code [experts]}
   * @param scoring what becomes of the logits
   * @param used how many experts are chosen
   * @param normalize whether the weights are divided by their sum
   * @return the output
   */
  @SuppressWarnings("NullAway") // does not see in class files that an array may be null
  public Value route(
      String name, Value logits, Operation.Scoring scoring, int used, boolean normalize) {
    Value output = new Value(name, 2 * used);
    return append(new Operation.Route(logits, null, scoring, 1, 1, 1, normalize, 1, null, output));
  }

  /**
   * Appends a mixture of experts without biases and limit.
   *
   * @param name the output's name
   * @param x the input
   * @param routing {@code [2 · used]}
   * @param gate for each expert {@code [intermediate, width]}
   * @param up for each expert {@code [intermediate, width]}
   * @param down for each expert {@code [width, intermediate]}
   * @return the output
   */
  public Value experts(
      String name, Value x, Value routing, List<Tensor> gate, List<Tensor> up, List<Tensor> down) {
    return append(
        new Operation.Experts(
            x,
            routing,
            gate,
            up,
            down,
            null,
            null,
            null,
            new Operation.Activation.Swiglu(Float.POSITIVE_INFINITY),
            false,
            new Value(name, x.width())));
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
    return swiGlu(name, gate, up, Float.POSITIVE_INFINITY);
  }

  /**
   * Appends a gated activation with a limit.
   *
   * @param name the output's name
   * @param gate {@code [width]}
   * @param up {@code [width]}
   * @param limit for gate and up; infinite for none
   * @return the output
   */
  public Value swiGlu(String name, Value gate, Value up, float limit) {
    return append(new Operation.SwiGlu(gate, up, limit, new Value(name, gate.width())));
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
    return new Graph(operations, Math.max(layers, indexLayers));
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

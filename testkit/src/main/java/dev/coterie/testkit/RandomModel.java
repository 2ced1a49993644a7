// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Graph;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The weights of a tiny model, made from a seed, under the names that they have in a GGUF file. */
public final class RandomModel {
  private final ModelShape shape;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /**
   * Makes the weights.
   *
   * @param shape the model's sizes
   * @param seed the same seed gives the same weights
   */
  public RandomModel(ModelShape shape, long seed) {
    this.shape = shape;
    RandomTensors random = new RandomTensors(seed);
    int hidden = shape.hiddenSize();
    int width = shape.heads() * shape.headSize();
    int keyWidth = shape.keyValueHeads() * shape.headSize();
    matrix(random, "token_embd", shape.vocabulary(), hidden, 1);
    for (int l = 0; l < shape.layers(); l++) {
      String blk = "blk." + l + ".";
      vector(random, blk + "attn_norm.weight", hidden, 1);
      projection(random, blk + "attn_q", width, hidden);
      projection(random, blk + "attn_k", keyWidth, hidden);
      projection(random, blk + "attn_v", keyWidth, hidden);
      if (shape.biased()) {
        vector(random, blk + "attn_q.bias", width, 0);
        vector(random, blk + "attn_k.bias", keyWidth, 0);
        vector(random, blk + "attn_v.bias", keyWidth, 0);
      }
      projection(random, blk + "attn_output", hidden, width);
      vector(random, blk + "ffn_norm.weight", hidden, 1);
      projection(random, blk + "ffn_gate", shape.intermediateSize(), hidden);
      projection(random, blk + "ffn_up", shape.intermediateSize(), hidden);
      projection(random, blk + "ffn_down", hidden, shape.intermediateSize());
    }
    vector(random, "output_norm.weight", hidden, 1);
    if (!shape.tied()) {
      projection(random, "output", shape.vocabulary(), hidden);
    }
  }

  private void projection(RandomTensors random, String name, int rows, int columns) {
    matrix(random, name, rows, columns, 1 / Math.sqrt(columns));
  }

  private void matrix(RandomTensors random, String name, int rows, int columns, double deviation) {
    String full = name + ".weight";
    tensors.put(full, random.matrix(full, shape.type(), rows, columns, deviation));
  }

  private void vector(RandomTensors random, String name, int length, double mean) {
    tensors.put(name, random.vector(name, length, mean, 0.1));
  }

  /**
   * The model's sizes.
   *
   * @return the shape
   */
  public ModelShape shape() {
    return shape;
  }

  /**
   * The weights by name.
   *
   * @return the tensors, in the order of a file
   */
  public Map<String, Tensor> tensors() {
    return new LinkedHashMap<>(tensors);
  }

  /**
   * What the model computes.
   *
   * @return the graph, as an engine has to build it
   */
  public Graph graph() {
    GraphBuilder builder = new GraphBuilder();
    float[] frequencies = GraphBuilder.frequencies(shape.headSize() / 2, shape.ropeBase());
    Value x = builder.embed("embd", tensor("token_embd.weight"));
    for (int l = 0; l < shape.layers(); l++) {
      String blk = "blk." + l + ".";
      Value norm = norm(builder, blk + "attn_norm", x);
      Value q = rope(builder, blk + "q_rope", linear(builder, blk + "attn_q", norm), frequencies);
      Value k = rope(builder, blk + "k_rope", linear(builder, blk + "attn_k", norm), frequencies);
      Value v = linear(builder, blk + "attn_v", norm);
      float scale = (float) (1 / Math.sqrt(shape.headSize()));
      Value attention = builder.attention(blk + "kqv_out", q, k, v, shape.headSize(), scale);
      x = builder.add(blk + "ffn_inp", linear(builder, blk + "attn_output", attention), x);
      norm = norm(builder, blk + "ffn_norm", x);
      Value gate = linear(builder, blk + "ffn_gate", norm);
      Value up = linear(builder, blk + "ffn_up", norm);
      Value down = linear(builder, blk + "ffn_down", builder.swiGlu(blk + "ffn_swiglu", gate, up));
      x = builder.add(blk + "l_out", down, x);
    }
    Value norm = norm(builder, "output_norm", x);
    return builder.logits(norm, tensor(shape.tied() ? "token_embd.weight" : "output.weight"));
  }

  private Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("tensor '" + name + "' is not part of the model");
    }
    return tensor;
  }

  private Value norm(GraphBuilder builder, String name, Value x) {
    return builder.rmsNorm(name, x, tensor(name + ".weight"), shape.epsilon());
  }

  private Value linear(GraphBuilder builder, String name, Value x) {
    @Nullable Tensor bias = tensors.get(name + ".bias");
    return builder.linear(name, x, tensor(name + ".weight"), bias);
  }

  private Value rope(GraphBuilder builder, String name, Value x, float[] frequencies) {
    return builder.rope(name, x, shape.headSize(), shape.interleaved(), frequencies, 1);
  }
}

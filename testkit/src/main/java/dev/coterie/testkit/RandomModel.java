// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

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
    matrix(random, "token_embd", shape.vocabulary(), hidden, 1);
    for (int l = 0; l < shape.layers(); l++) {
      String blk = "blk." + l + ".";
      vector(random, blk + "attn_norm.weight", hidden, 1);
      ModelShape.Latent latent = shape.latent();
      if (latent == null) {
        attention(random, blk);
      } else {
        attention(random, blk, latent);
      }
      vector(random, blk + "ffn_norm.weight", hidden, 1);
      ModelShape.Mixture mixture = shape.mixture(l);
      if (mixture == null) {
        feedForward(random, blk, "", shape.intermediateSize());
      } else {
        mixture(random, blk, mixture);
      }
    }
    vector(random, "output_norm.weight", hidden, 1);
    if (!shape.tied()) {
      projection(random, "output", shape.vocabulary(), hidden);
    }
  }

  private void attention(RandomTensors random, String blk) {
    int hidden = shape.hiddenSize();
    int width = shape.heads() * shape.headSize();
    int keyWidth = shape.keyValueHeads() * shape.headSize();
    projection(random, blk + "attn_q", width, hidden);
    projection(random, blk + "attn_k", keyWidth, hidden);
    projection(random, blk + "attn_v", keyWidth, hidden);
    if (shape.biased()) {
      vector(random, blk + "attn_q.bias", width, 0);
      vector(random, blk + "attn_k.bias", keyWidth, 0);
      vector(random, blk + "attn_v.bias", keyWidth, 0);
    }
    if (shape.architecture().equals("qwen3moe")) {
      vector(random, blk + "attn_q_norm.weight", shape.headSize(), 1);
      vector(random, blk + "attn_k_norm.weight", shape.headSize(), 1);
    }
    projection(random, blk + "attn_output", hidden, width);
  }

  private void attention(RandomTensors random, String blk, ModelShape.Latent latent) {
    int hidden = shape.hiddenSize();
    int heads = shape.heads();
    int nope = shape.headSize() - latent.rope();
    if (latent.queryRank() == 0) {
      projection(random, blk + "attn_q", heads * shape.headSize(), hidden);
    } else {
      projection(random, blk + "attn_q_a", latent.queryRank(), hidden);
      vector(random, blk + "attn_q_a_norm.weight", latent.queryRank(), 1);
      projection(random, blk + "attn_q_b", heads * shape.headSize(), latent.queryRank());
    }
    projection(random, blk + "attn_kv_a_mqa", latent.rank() + latent.rope(), hidden);
    vector(random, blk + "attn_kv_a_norm.weight", latent.rank(), 1);
    stack(random, blk + "attn_k_b", heads, latent.rank(), nope);
    stack(random, blk + "attn_v_b", heads, latent.valueSize(), latent.rank());
    projection(random, blk + "attn_output", hidden, heads * latent.valueSize());
  }

  private void feedForward(RandomTensors random, String blk, String suffix, int intermediate) {
    projection(random, blk + "ffn_gate" + suffix, intermediate, shape.hiddenSize());
    projection(random, blk + "ffn_up" + suffix, intermediate, shape.hiddenSize());
    projection(random, blk + "ffn_down" + suffix, shape.hiddenSize(), intermediate);
  }

  private void mixture(RandomTensors random, String blk, ModelShape.Mixture mixture) {
    int hidden = shape.hiddenSize();
    int experts = mixture.experts();
    int intermediate = mixture.intermediateSize();
    String router = blk + "ffn_gate_inp.weight";
    double deviation = 2 / Math.sqrt(hidden);
    tensors.put(router, random.matrix(router, DataType.F32, experts, hidden, deviation));
    if (mixture.biased()) {
      vector(random, blk + "exp_probs_b.bias", experts, 0);
    }
    stack(random, blk + "ffn_gate_exps", experts, intermediate, hidden);
    stack(random, blk + "ffn_up_exps", experts, intermediate, hidden);
    stack(random, blk + "ffn_down_exps", experts, hidden, intermediate);
    if (mixture.shared() > 0) {
      feedForward(random, blk, "_shexp", mixture.shared() * intermediate);
    }
  }

  private void stack(RandomTensors random, String name, int count, int rows, int columns) {
    String full = name + ".weight";
    double deviation = 1 / Math.sqrt(columns);
    tensors.put(full, random.stack(full, shape.type(), count, rows, columns, deviation));
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
    return new RandomModelGraph(this).build();
  }
}

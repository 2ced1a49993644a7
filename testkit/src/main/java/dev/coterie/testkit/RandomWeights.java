// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.DataType;
import java.util.ArrayList;
import java.util.List;

/** Lists the weights of a random model, in the order of a file. */
final class RandomWeights {
  private final ModelShape shape;
  private final List<RandomWeight> weights = new ArrayList<>();

  private RandomWeights(ModelShape shape) {
    this.shape = shape;
  }

  static List<RandomWeight> of(ModelShape shape) {
    RandomWeights all = new RandomWeights(shape);
    all.list();
    return all.weights;
  }

  private void list() {
    int hidden = shape.hiddenSize();
    matrix("token_embd", shape.vocabulary(), hidden, 1);
    for (int l = 0; l < shape.layers(); l++) {
      String blk = "blk." + l + ".";
      vector(blk + "attn_norm.weight", hidden, 1);
      ModelShape.Latent latent = shape.latent();
      if (latent == null) {
        attention(blk);
      } else {
        attention(blk, latent);
      }
      vector(blk + "ffn_norm.weight", hidden, 1);
      ModelShape.Mixture mixture = shape.mixture(l);
      if (mixture == null) {
        feedForward(blk, "", shape.intermediateSize());
      } else {
        mixture(blk, mixture);
      }
    }
    vector("output_norm.weight", hidden, 1);
    if (!shape.tied()) {
      projection("output", shape.vocabulary(), hidden);
    }
  }

  private void attention(String blk) {
    int hidden = shape.hiddenSize();
    int width = shape.heads() * shape.headSize();
    int keyWidth = shape.keyValueHeads() * shape.headSize();
    projection(blk + "attn_q", width, hidden);
    projection(blk + "attn_k", keyWidth, hidden);
    projection(blk + "attn_v", keyWidth, hidden);
    if (shape.biased()) {
      vector(blk + "attn_q.bias", width, 0);
      vector(blk + "attn_k.bias", keyWidth, 0);
      vector(blk + "attn_v.bias", keyWidth, 0);
    }
    if (shape.architecture().equals("qwen3moe")) {
      vector(blk + "attn_q_norm.weight", shape.headSize(), 1);
      vector(blk + "attn_k_norm.weight", shape.headSize(), 1);
    }
    projection(blk + "attn_output", hidden, width);
  }

  private void attention(String blk, ModelShape.Latent latent) {
    int hidden = shape.hiddenSize();
    int heads = shape.heads();
    int nope = shape.headSize() - latent.rope();
    if (latent.queryRank() == 0) {
      projection(blk + "attn_q", heads * shape.headSize(), hidden);
    } else {
      projection(blk + "attn_q_a", latent.queryRank(), hidden);
      vector(blk + "attn_q_a_norm.weight", latent.queryRank(), 1);
      projection(blk + "attn_q_b", heads * shape.headSize(), latent.queryRank());
    }
    projection(blk + "attn_kv_a_mqa", latent.rank() + latent.rope(), hidden);
    vector(blk + "attn_kv_a_norm.weight", latent.rank(), 1);
    stack(blk + "attn_k_b", heads, latent.rank(), nope);
    stack(blk + "attn_v_b", heads, latent.valueSize(), latent.rank());
    projection(blk + "attn_output", hidden, heads * latent.valueSize());
  }

  private void feedForward(String blk, String suffix, int intermediate) {
    projection(blk + "ffn_gate" + suffix, intermediate, shape.hiddenSize());
    projection(blk + "ffn_up" + suffix, intermediate, shape.hiddenSize());
    projection(blk + "ffn_down" + suffix, shape.hiddenSize(), intermediate);
  }

  private void mixture(String blk, ModelShape.Mixture mixture) {
    int hidden = shape.hiddenSize();
    int experts = mixture.experts();
    int intermediate = mixture.intermediateSize();
    String router = blk + "ffn_gate_inp.weight";
    double deviation = 2 / Math.sqrt(hidden);
    weights.add(RandomWeight.matrix(router, DataType.F32, experts, hidden, deviation));
    if (mixture.biased()) {
      vector(blk + "exp_probs_b.bias", experts, 0);
    }
    stack(blk + "ffn_gate_exps", experts, intermediate, hidden);
    stack(blk + "ffn_up_exps", experts, intermediate, hidden);
    stack(blk + "ffn_down_exps", experts, hidden, intermediate);
    if (mixture.shared() > 0) {
      feedForward(blk, "_shexp", mixture.shared() * intermediate);
    }
  }

  private void stack(String name, int count, int rows, int columns) {
    weights.add(RandomWeight.stack(name + ".weight", shape.type(), count, rows, columns));
  }

  private void projection(String name, int rows, int columns) {
    matrix(name, rows, columns, 1 / Math.sqrt(columns));
  }

  private void matrix(String name, int rows, int columns, double deviation) {
    weights.add(RandomWeight.matrix(name + ".weight", shape.type(), rows, columns, deviation));
  }

  private void vector(String name, int length, double mean) {
    weights.add(RandomWeight.vector(name, length, mean));
  }
}

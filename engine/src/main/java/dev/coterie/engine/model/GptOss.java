// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.model;

import dev.coterie.engine.config.LlamaConfig;
import dev.coterie.engine.config.MoeConfig;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.layer.GraphWriter;
import dev.coterie.engine.layer.GroupedQueryAttention;
import dev.coterie.engine.layer.GroupedQueryAttention.Heads;
import dev.coterie.engine.layer.MoeFeedForward;
import dev.coterie.engine.layer.Rotation;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation.Activation;
import dev.coterie.spi.Operation.Visibility;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;

/**
 * gpt-oss (arXiv 2508.10925): attention with sinks, in a sliding window in every other block;
 * biases throughout; experts with a clamped, shifted SwiGLU. The norm before the experts bears the
 * name of the one after attention.
 */
final class GptOss implements ModelArchitecture {
  private static final Activation ACTIVATION = new Activation.ShiftedSwiglu(1.702f, 7);

  @Override
  public String name() {
    return "gpt-oss";
  }

  @Override
  public Graph graph(Checkpoint checkpoint, int vocabularySize) {
    LlamaConfig config = LlamaConfig.of(checkpoint.metadata(), name());
    int window =
        checkpoint.metadata().integer("gpt-oss.attention.sliding_window", 1, Integer.MAX_VALUE);
    GraphWriter graph = new GraphWriter(checkpoint);
    Rotation rotation =
        new Rotation(config.rope().frequencies(null), config.rope().magnitude(), false);
    GroupedQueryAttention attention = new GroupedQueryAttention(config);
    MoeConfig routing = MoeConfig.of(checkpoint.metadata(), name()).normalized();
    MoeFeedForward experts = new MoeFeedForward(routing, ACTIVATION, false, 0);
    float epsilon = config.rmsNormEps();

    Tensor embedTokens = graph.tensor("token_embd.weight", vocabularySize, config.hiddenSize());
    Value x = graph.embed("inp_embd", embedTokens); // [hiddenSize]
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      String block = "blk." + layer + ".";
      Value normed = graph.rmsNorm(block + "attn_norm", x, block + "attn_norm", epsilon);
      Heads heads = attention.rotate(graph, attention.project(graph, normed, layer), rotation);
      Visibility visibility =
          layer % 2 == 0 ? new Visibility.Window(window) : new Visibility.Full();
      Tensor sinks = graph.tensor(block + "attn_sinks.weight", config.numAttentionHeads());
      Value attended = attention.attend(graph, heads, layer, visibility, sinks);
      x = graph.add(block + "ffn_inp", x, attended);
      normed = graph.rmsNorm(block + "ffn_norm", x, block + "post_attention_norm", epsilon);
      x = graph.add(block + "l_out", x, experts.write(graph, normed, layer));
    }
    return graph.finish(x, embedTokens, epsilon, config.numHiddenLayers());
  }
}

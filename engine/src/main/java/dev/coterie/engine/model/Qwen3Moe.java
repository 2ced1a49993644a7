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
import dev.coterie.spi.Operation.Visibility;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;

/**
 * Qwen3 with experts (arXiv 2505.09388): no biases, query and key heads normed before they are
 * rotated, and a softmax router with normalized weights in every block.
 */
final class Qwen3Moe implements ModelArchitecture {
  @Override
  public String name() {
    return "qwen3moe";
  }

  @Override
  public Graph graph(Checkpoint checkpoint, int vocabularySize) {
    LlamaConfig config = LlamaConfig.of(checkpoint.metadata(), name());
    GraphWriter graph = new GraphWriter(checkpoint);
    Rotation rotation =
        new Rotation(config.rope().frequencies(null), config.rope().magnitude(), false);
    GroupedQueryAttention attention = new GroupedQueryAttention(config);
    MoeFeedForward experts =
        new MoeFeedForward(MoeConfig.of(checkpoint.metadata(), name()).normalized());
    float epsilon = config.rmsNormEps();

    Tensor embedTokens = graph.tensor("token_embd.weight", vocabularySize, config.hiddenSize());
    Value x = graph.embed("inp_embd", embedTokens); // [hiddenSize]
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      String block = "blk." + layer + ".";
      Value normed = graph.rmsNorm(block + "attn_norm", x, block + "attn_norm", epsilon);
      Heads heads = attention.norm(graph, attention.project(graph, normed, layer), layer);
      heads = attention.rotate(graph, heads, rotation);
      Value attended = attention.attend(graph, heads, layer, new Visibility.Full(), null);
      x = graph.add(block + "ffn_inp", x, attended);
      normed = graph.rmsNorm(block + "ffn_norm", x, block + "ffn_norm", epsilon);
      x = graph.add(block + "l_out", x, experts.write(graph, normed, layer));
    }
    return graph.finish(x, embedTokens, epsilon, config.numHiddenLayers());
  }
}

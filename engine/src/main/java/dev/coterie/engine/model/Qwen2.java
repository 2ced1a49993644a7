// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.model;

import dev.coterie.engine.config.LlamaConfig;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.layer.GraphWriter;
import dev.coterie.engine.layer.GroupedQueryAttention;
import dev.coterie.engine.layer.GroupedQueryAttention.Heads;
import dev.coterie.engine.layer.Rotation;
import dev.coterie.engine.layer.SwiGluFeedForward;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation.Visibility;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;

/**
 * Qwen2 and 2.5 (arXiv 2407.10671), R1-Distill-Qwen: as Llama, with biases on query, key and value,
 * and with rotated pairs half a head apart.
 */
final class Qwen2 implements ModelArchitecture {
  @Override
  public String name() {
    return "qwen2";
  }

  @Override
  public Graph graph(Checkpoint checkpoint, int vocabularySize) {
    LlamaConfig config = LlamaConfig.of(checkpoint.metadata(), name());
    GraphWriter graph = new GraphWriter(checkpoint);
    Rotation rotation =
        new Rotation(config.rope().frequencies(null), config.rope().magnitude(), false);
    GroupedQueryAttention attention = new GroupedQueryAttention(config);
    SwiGluFeedForward feedForward = new SwiGluFeedForward(config.intermediateSize());
    float epsilon = config.rmsNormEps();

    Tensor embedTokens = graph.tensor("token_embd.weight", vocabularySize, config.hiddenSize());
    Value x = graph.embed("inp_embd", embedTokens); // [hiddenSize]
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      String block = "blk." + layer + ".";
      Value normed = graph.rmsNorm(block + "attn_norm", x, block + "attn_norm", epsilon);
      Heads heads = attention.rotate(graph, attention.project(graph, normed, layer), rotation);
      Value attended = attention.attend(graph, heads, layer, new Visibility.Full(), null);
      x = graph.add(block + "ffn_inp", x, attended);
      normed = graph.rmsNorm(block + "ffn_norm", x, block + "ffn_norm", epsilon);
      x = graph.add(block + "l_out", x, feedForward.write(graph, normed, layer));
    }
    return graph.finish(x, embedTokens, epsilon, config.numHiddenLayers());
  }
}

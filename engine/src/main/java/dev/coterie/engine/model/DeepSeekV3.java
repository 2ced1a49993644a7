// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.model;

import dev.coterie.engine.config.MlaConfig;
import dev.coterie.engine.config.MoeConfig;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.layer.GraphWriter;
import dev.coterie.engine.layer.LatentAttention;
import dev.coterie.engine.layer.MoeFeedForward;
import dev.coterie.engine.layer.Rotation;
import dev.coterie.engine.layer.SwiGluFeedForward;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import org.jspecify.annotations.Nullable;

/**
 * DeepSeek-V2 (arXiv 2405.04434), V3 and R1 (arXiv 2412.19437, 2501.12948), V3.1: latent attention;
 * dense feed-forward layers at the start, then experts with a shared one. V2 routes by softmax, V3
 * by sigmoid with a bias that steers selection alone, both within groups of experts. V2-Lite
 * projects queries directly.
 */
class DeepSeekV3 implements ModelArchitecture {
  @Override
  public String name() {
    return "deepseek2";
  }

  @Override
  public Graph graph(Checkpoint checkpoint, int vocabularySize) {
    MlaConfig config = MlaConfig.of(checkpoint.metadata(), name());
    GraphWriter graph = new GraphWriter(checkpoint);
    float[] frequencies = config.rope().frequencies(null);
    Rotation rotation = new Rotation(frequencies, config.rope().magnitude(), true);
    LatentAttention attention = new LatentAttention(config, rotation);
    LatentAttention.Indexer indexer = indexer(checkpoint, config);
    SwiGluFeedForward dense = new SwiGluFeedForward(config.intermediateSize());
    MoeFeedForward experts =
        config.firstKDenseReplace() < config.numHiddenLayers()
            ? new MoeFeedForward(MoeConfig.of(checkpoint.metadata(), name()))
            : null;
    float epsilon = config.rmsNormEps();

    Tensor embedTokens = graph.tensor("token_embd.weight", vocabularySize, config.hiddenSize());
    Value x = graph.embed("inp_embd", embedTokens); // [hiddenSize]
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      String block = "blk." + layer + ".";
      Value normed = graph.rmsNorm(block + "attn_norm", x, block + "attn_norm", epsilon);
      x = graph.add(block + "ffn_inp", x, attention.write(graph, normed, layer, indexer));
      normed = graph.rmsNorm(block + "ffn_norm", x, block + "ffn_norm", epsilon);
      Value fed =
          experts == null || layer < config.firstKDenseReplace()
              ? dense.write(graph, normed, layer)
              : experts.write(graph, normed, layer);
      x = graph.add(block + "l_out", x, fed);
    }
    return graph.finish(x, embedTokens, epsilon, config.numHiddenLayers());
  }

  /** Chooses the positions that rows see; null for all. */
  LatentAttention.@Nullable Indexer indexer(Checkpoint checkpoint, MlaConfig config) {
    return null;
  }
}

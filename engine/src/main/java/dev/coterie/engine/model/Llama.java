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
import dev.coterie.engine.layer.SwiGluFeedForward;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation.Visibility;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;

/**
 * Llama 2 and 3 (arXiv 2307.09288, 2407.21783), R1-Distill-Llama, SmolLM2: pre-normed blocks of
 * grouped-query attention and SwiGLU. With experts it is Mixtral (arXiv 2401.04088).
 *
 * <p>GGUF files permute the rows of the query and key projections, so that rotated pairs are
 * neighbors; Llama 3's frequency scaling comes as the tensor {@code rope_freqs.weight} of divisors.
 */
final class Llama implements ModelArchitecture {
  @Override
  public String name() {
    return "llama";
  }

  @Override
  public Graph graph(Checkpoint checkpoint, int vocabularySize) {
    LlamaConfig config = LlamaConfig.of(checkpoint.metadata(), name());
    boolean sparse = checkpoint.metadata().integer("llama.expert_count", 0, 1 << 14, 0) > 0;
    GraphWriter graph = new GraphWriter(checkpoint);
    Tensor divisors = graph.optional("rope_freqs.weight", config.rope().rotaryDim() / 2);
    Rotation rotation =
        new Rotation(
            config.rope().frequencies(divisors),
            config.rope().magnitude(),
            checkpoint.permutesRotatedRows());
    GroupedQueryAttention attention = new GroupedQueryAttention(config);
    SwiGluFeedForward dense = new SwiGluFeedForward(config.intermediateSize());
    MoeFeedForward experts =
        sparse
            ? new MoeFeedForward(MoeConfig.of(checkpoint.metadata(), name()).normalized())
            : null;
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
      Value fed =
          experts != null ? experts.write(graph, normed, layer) : dense.write(graph, normed, layer);
      x = graph.add(block + "l_out", x, fed);
    }
    return graph.finish(x, embedTokens, epsilon, config.numHiddenLayers());
  }
}

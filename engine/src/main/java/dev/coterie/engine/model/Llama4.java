// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.model;

import dev.coterie.engine.config.LlamaConfig;
import dev.coterie.engine.config.MoeConfig;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.format.Metadata;
import dev.coterie.engine.layer.GraphWriter;
import dev.coterie.engine.layer.GroupedQueryAttention;
import dev.coterie.engine.layer.GroupedQueryAttention.Heads;
import dev.coterie.engine.layer.MoeFeedForward;
import dev.coterie.engine.layer.Rotation;
import dev.coterie.engine.layer.SwiGluFeedForward;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation.Activation;
import dev.coterie.spi.Operation.PositionScale;
import dev.coterie.spi.Operation.Scoring;
import dev.coterie.spi.Operation.Visibility;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;

/**
 * Llama 4 Scout and Maverick, text. Three of four blocks rotate queries and keys, norm them without
 * weights afterwards (Scout alone), and attend within chunks; each fourth has no positions, sees
 * everything, and warms its queries with the position. One expert a row, whose weight, a sigmoid,
 * multiplies its input; a shared expert beside it.
 */
final class Llama4 implements ModelArchitecture {
  private static final int MAVERICK_EXPERTS = 128;

  @Override
  public String name() {
    return "llama4";
  }

  @Override
  public Graph graph(Checkpoint checkpoint, int vocabularySize) {
    Metadata metadata = checkpoint.metadata();
    LlamaConfig config = LlamaConfig.of(metadata, name());
    MoeConfig routing = MoeConfig.of(metadata, name());
    int moeStep = metadata.integer("llama4.interleave_moe_layer_step", 1, 1 << 10, 1);
    int[] rotates = rotates(metadata, config.numHiddenLayers());
    int chunk = metadata.integer("llama4.attention.chunk_size", 1, Integer.MAX_VALUE, 8192);
    int floorScale =
        metadata.integer("llama4.attention.temperature_length", 1, Integer.MAX_VALUE, 8192);
    float attentionScale = (float) metadata.number("llama4.attention.temperature_scale", 0.1);
    boolean norm =
        metadata.bool("llama4.attention.qk_norm", routing.nRoutedExperts() != MAVERICK_EXPERTS);
    GraphWriter graph = new GraphWriter(checkpoint);
    Tensor divisors = graph.optional("rope_freqs.weight", config.rope().rotaryDim() / 2);
    Rotation rotation =
        new Rotation(config.rope().frequencies(divisors), config.rope().magnitude(), true);
    GroupedQueryAttention attention = new GroupedQueryAttention(config);
    SwiGluFeedForward dense = new SwiGluFeedForward(config.intermediateSize());
    MoeFeedForward experts =
        new MoeFeedForward(
            sigmoid(routing),
            new Activation.Swiglu(Float.POSITIVE_INFINITY),
            true,
            routing.moeIntermediateSize());
    float epsilon = config.rmsNormEps();

    Tensor embedTokens = graph.tensor("token_embd.weight", vocabularySize, config.hiddenSize());
    Value x = graph.embed("inp_embd", embedTokens); // [hiddenSize]
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      String block = "blk." + layer + ".";
      Value normed = graph.rmsNorm(block + "attn_norm", x, block + "attn_norm", epsilon);
      Heads heads = attention.project(graph, normed, layer);
      Visibility visibility = new Visibility.Full();
      if (rotates[layer] == 0) {
        Value query = heads.query();
        Value scaled = new Value(block + "Qcur_attn_temp_scaled", query.width());
        query = graph.add(new PositionScale(query, attentionScale, floorScale, scaled));
        heads = new Heads(query, heads.key(), heads.value());
      } else {
        heads = attention.rotate(graph, heads, rotation);
        if (norm) {
          heads = attention.normWithoutWeights(graph, heads);
        }
        visibility = new Visibility.Chunk(chunk);
      }
      Value attended = attention.attend(graph, heads, layer, visibility, null);
      x = graph.add(block + "ffn_inp", x, attended);
      normed = graph.rmsNorm(block + "ffn_norm", x, block + "ffn_norm", epsilon);
      Value fed =
          (layer + 1) % moeStep == 0
              ? experts.write(graph, normed, layer)
              : dense.write(graph, normed, layer);
      x = graph.add(block + "l_out", x, fed);
    }
    return graph.finish(x, embedTokens, epsilon, config.numHiddenLayers());
  }

  /** For each block 1 if it rotates queries and keys; GGUF files leave it to the architecture. */
  private static int[] rotates(Metadata metadata, int layers) {
    String key = "llama4.attention.rope_layers";
    if (metadata.contains(key)) {
      return metadata.integerPerLayer(key, layers, 0, 1);
    }
    int[] result = new int[layers];
    for (int layer = 0; layer < layers; layer++) {
      result[layer] = (layer + 1) % 4 == 0 ? 0 : 1;
    }
    return result;
  }

  /** Files do not name the gating function: it is a sigmoid, not normalized. */
  private static MoeConfig sigmoid(MoeConfig config) {
    return new MoeConfig(
        config.nRoutedExperts(),
        config.numExpertsPerTok(),
        config.moeIntermediateSize(),
        config.nSharedExperts(),
        Scoring.SIGMOID,
        false,
        1,
        1,
        1);
  }
}

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
import dev.coterie.spi.Operation.Concat;
import dev.coterie.spi.Operation.HiddenInput;
import dev.coterie.spi.Operation.HiddenOutput;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * DeepSeek-V2 (arXiv 2405.04434), V3 and R1 (arXiv 2412.19437, 2501.12948), V3.1: latent attention;
 * dense feed-forward layers at the start, then experts with a shared one. V2 routes by softmax, V3
 * by sigmoid with a bias that steers selection alone, both within groups of experts. V2-Lite
 * projects queries directly. V3's module for multi-token prediction is one more block behind a
 * projection that joins the next token's embedding with the hidden state.
 */
class DeepSeekV3 implements ModelArchitecture {
  @Override
  public String name() {
    return "deepseek2";
  }

  @Override
  public Graph graph(Checkpoint checkpoint, int vocabularySize) {
    MlaConfig config = MlaConfig.of(checkpoint.metadata(), name());
    Blocks blocks = blocks(checkpoint, config, config.numHiddenLayers());
    return model(new GraphWriter(checkpoint), blocks, vocabularySize, false);
  }

  @Override
  public Optional<MultiTokenPrediction> multiTokenPrediction(
      Checkpoint checkpoint, int vocabularySize) {
    MlaConfig config = MlaConfig.of(checkpoint.metadata(), name());
    GraphWriter graph = new GraphWriter(checkpoint);
    int layer = config.numHiddenLayers();
    if (config.numNextnPredictLayers() == 0 || !graph.has(nextn(layer) + "eh_proj.weight")) {
      return Optional.empty(); // converters may leave it out and its count in
    }
    Blocks blocks = blocks(checkpoint, config, layer + 1);
    Graph model = model(graph, blocks, vocabularySize, true);
    return Optional.of(
        new MultiTokenPrediction(model, module(graph.another(), blocks, vocabularySize)));
  }

  private static Graph model(
      GraphWriter graph, Blocks blocks, int vocabularySize, boolean handsOnHidden) {
    MlaConfig config = blocks.config;
    Tensor embedTokens = graph.tensor("token_embd.weight", vocabularySize, config.hiddenSize());
    Value x = graph.embed("inp_embd", embedTokens); // [hiddenSize]
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      x = blocks.write(graph, x, layer);
    }
    Value normed = graph.rmsNorm("result_norm", x, "output_norm", config.rmsNormEps());
    if (handsOnHidden) {
      handOn(graph, normed);
    }
    return graph.finish(normed, graph.head(embedTokens), config.numHiddenLayers());
  }

  /** The module's own copies of embeddings, norm and head come before those of the model. */
  private static Graph module(GraphWriter graph, Blocks blocks, int vocabularySize) {
    MlaConfig config = blocks.config;
    int width = config.hiddenSize();
    float epsilon = config.rmsNormEps();
    int layer = config.numHiddenLayers();
    String nextn = nextn(layer);

    Tensor embedTokens = graph.tensor("token_embd.weight", vocabularySize, width);
    Tensor ownTokens = graph.optional(nextn + "embed_tokens.weight", vocabularySize, width);
    Value next = graph.embed(nextn + "embd", ownTokens != null ? ownTokens : embedTokens);
    next = graph.rmsNorm(nextn + "enorm", next, nextn + "enorm", epsilon); // [hiddenSize]
    Value hidden = graph.add(new HiddenInput(new Value("inp_hidden", width)));
    hidden = graph.rmsNorm(nextn + "hnorm", hidden, nextn + "hnorm", epsilon); // [hiddenSize]
    Value joined = // [2 · hiddenSize]
        graph.add(new Concat(next, hidden, new Value(nextn + "eh", 2 * width)));
    Value x = graph.linear(nextn + "eh_proj", joined, nextn + "eh_proj", width); // [hiddenSize]
    x = blocks.write(graph, x, layer);

    boolean ownNorm = graph.has(nextn + "shared_head_norm.weight");
    String norm = ownNorm ? nextn + "shared_head_norm" : "output_norm";
    Value normed = graph.rmsNorm("result_norm", x, norm, epsilon);
    handOn(graph, normed);
    Tensor ownHead = graph.optional(nextn + "shared_head_head.weight", vocabularySize, width);
    return graph.finish(normed, ownHead != null ? ownHead : graph.head(embedTokens), layer + 1);
  }

  private static void handOn(GraphWriter graph, Value normed) {
    graph.add(new HiddenOutput(normed, new Value("result_hidden", normed.width())));
  }

  private static String nextn(int layer) {
    return "blk." + layer + ".nextn.";
  }

  /**
   * What all blocks have in common.
   *
   * @param experts null if no block has any
   */
  private record Blocks(
      MlaConfig config,
      LatentAttention attention,
      LatentAttention.@Nullable Indexer indexer,
      SwiGluFeedForward dense,
      @Nullable MoeFeedForward experts) {
    /** Writes a block; {@code x} and the result are {@code [hiddenSize]}. */
    Value write(GraphWriter graph, Value x, int layer) {
      String block = "blk." + layer + ".";
      float epsilon = config.rmsNormEps();
      Value normed = graph.rmsNorm(block + "attn_norm", x, block + "attn_norm", epsilon);
      Value attended = attention.write(graph, normed, layer, indexer);
      Value sum = graph.add(block + "ffn_inp", x, attended);
      normed = graph.rmsNorm(block + "ffn_norm", sum, block + "ffn_norm", epsilon);
      Value fed =
          experts == null || layer < config.firstKDenseReplace()
              ? dense.write(graph, normed, layer)
              : experts.write(graph, normed, layer);
      return graph.add(block + "l_out", sum, fed);
    }
  }

  private Blocks blocks(Checkpoint checkpoint, MlaConfig config, int count) {
    Rotation rotation =
        new Rotation(config.rope().frequencies(null), config.rope().magnitude(), true);
    return new Blocks(
        config,
        new LatentAttention(config, rotation),
        indexer(checkpoint, config),
        new SwiGluFeedForward(config.intermediateSize()),
        config.firstKDenseReplace() < count
            ? new MoeFeedForward(MoeConfig.of(checkpoint.metadata(), name()))
            : null);
  }

  /** Chooses the positions that rows see; null for all. */
  LatentAttention.@Nullable Indexer indexer(Checkpoint checkpoint, MlaConfig config) {
    return null;
  }
}

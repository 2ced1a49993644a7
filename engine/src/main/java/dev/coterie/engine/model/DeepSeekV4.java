// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.model;

import dev.coterie.engine.config.DeepSeekV4Config;
import dev.coterie.engine.config.MoeConfig;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.layer.CompressedSparseAttention;
import dev.coterie.engine.layer.GraphWriter;
import dev.coterie.engine.layer.MoeFeedForward;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation.Activation;
import dev.coterie.spi.Operation.HyperHead;
import dev.coterie.spi.Operation.HyperRead;
import dev.coterie.spi.Operation.HyperWeights;
import dev.coterie.spi.Operation.HyperWrite;
import dev.coterie.spi.Operation.Repeat;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import org.jspecify.annotations.Nullable;

/**
 * DeepSeek-V4 Flash and Pro: the residual is several streams, joined by hyper-connections around
 * every layer; attention sees a window of tokens, and compressed entries of all before, which in
 * every other block an indexer chooses from (CSA) and in the rest are few enough to be seen all
 * (HCA); all blocks have experts, at the start chosen by token id.
 */
final class DeepSeekV4 implements ModelArchitecture {
  @Override
  public String name() {
    return "deepseek4";
  }

  @Override
  public Graph graph(Checkpoint checkpoint, int vocabularySize) {
    DeepSeekV4Config config = DeepSeekV4Config.of(checkpoint.metadata());
    MoeConfig routing = MoeConfig.of(checkpoint.metadata(), name());
    GraphWriter graph = new GraphWriter(checkpoint);
    CompressedSparseAttention attention = new CompressedSparseAttention(config);
    int streams = config.hcMult() * config.hiddenSize();
    float epsilon = config.rmsNormEps();

    Tensor embedTokens = graph.tensor("token_embd.weight", vocabularySize, config.hiddenSize());
    Value embedded = graph.embed("inp_embd", embedTokens); // [hiddenSize]
    Value x =
        graph.add(new Repeat(embedded, new Value("inp_hc", streams))); // [hcMult · hiddenSize]
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      String block = "blk." + layer + ".";
      Value weights = weights(graph, config, x, block + "hc_attn");
      Value read = read(graph, config, x, weights, block + "hc_attn_pre");
      Value normed = graph.rmsNorm(block + "attn_norm", read, block + "attn_norm", epsilon);
      Value attended = attention.write(graph, normed, layer);
      x = graph.add(new HyperWrite(x, weights, attended, new Value(block + "ffn_inp", streams)));

      weights = weights(graph, config, x, block + "hc_ffn");
      read = read(graph, config, x, weights, block + "hc_ffn_pre");
      normed = graph.rmsNorm(block + "ffn_norm", read, block + "ffn_norm", epsilon);
      Value fed = experts(graph, config, routing, normed, layer, vocabularySize);
      x = graph.add(new HyperWrite(x, weights, fed, new Value(block + "l_out", streams)));
    }
    Value y = // [hiddenSize]
        graph.add(
            new HyperHead(
                x,
                graph.tensor("output_hc_fn.weight", config.hcMult(), streams),
                graph.tensor("output_hc_base.weight", config.hcMult()),
                graph.tensor("output_hc_scale.weight", 1),
                epsilon,
                config.hcEps(),
                new Value("hc_head", config.hiddenSize())));
    return graph.finish(y, embedTokens, epsilon, config.numHiddenLayers());
  }

  private static Value weights(GraphWriter graph, DeepSeekV4Config config, Value x, String name) {
    int n = config.hcMult();
    int count = (2 + n) * n;
    return graph.add(
        new HyperWeights(
            x,
            graph.tensor(name + "_fn.weight", count, x.width()),
            graph.tensor(name + "_base.weight", count),
            graph.tensor(name + "_scale.weight", 3),
            config.hcSinkhornIters(),
            config.rmsNormEps(),
            config.hcEps(),
            new Value(name + "_mix", count)));
  }

  private static Value read(
      GraphWriter graph, DeepSeekV4Config config, Value x, Value weights, String name) {
    return graph.add(new HyperRead(x, weights, new Value(name, config.hiddenSize())));
  }

  private static Value experts(
      GraphWriter graph,
      DeepSeekV4Config config,
      MoeConfig routing,
      Value input,
      int layer,
      int vocabularySize) {
    MoeFeedForward experts =
        new MoeFeedForward(
            routing,
            new Activation.Swiglu(config.swigluLimit()[layer]),
            false,
            routing.nSharedExperts() * routing.moeIntermediateSize());
    int @Nullable [] table = null;
    if (layer < config.numHashLayers()) {
      table =
          graph.integers(
              "blk." + layer + ".ffn_gate_tid2eid.weight",
              routing.nRoutedExperts(),
              vocabularySize,
              routing.numExpertsPerTok());
    }
    return experts.write(graph, input, layer, table);
  }
}

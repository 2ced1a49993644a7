// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.layer;

import dev.coterie.engine.config.MoeConfig;
import dev.coterie.spi.Operation.Activation;
import dev.coterie.spi.Operation.Experts;
import dev.coterie.spi.Operation.Route;
import dev.coterie.spi.Operation.Scoring;
import dev.coterie.spi.Operation.SwiGlu;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A mixture of experts: a router, the experts it chooses, and the shared expert where there is one
 * (DeepSeekMoE, arXiv 2401.06066).
 *
 * @param config sizes and router
 * @param activation what stands between an expert's projections
 * @param weightsInput whether the routing weight multiplies an expert's input
 * @param sharedIntermediateSize width of the shared expert; 0 for none
 */
public record MoeFeedForward(
    MoeConfig config, Activation activation, boolean weightsInput, int sharedIntermediateSize) {
  /** As DeepSeek and Qwen have it: SwiGLU, weighted outputs, shared experts as the config says. */
  public MoeFeedForward(MoeConfig config) {
    this(
        config,
        new Activation.Swiglu(Float.POSITIVE_INFINITY),
        false,
        config.nSharedExperts() * config.moeIntermediateSize());
  }

  /**
   * Writes the layer.
   *
   * @param input {@code [hiddenSize]}, normed
   * @param layer the block's number
   * @return {@code [hiddenSize]}
   */
  public Value write(GraphWriter graph, Value input, int layer) {
    return write(graph, input, layer, null);
  }

  /**
   * Writes the layer.
   *
   * @param input {@code [hiddenSize]}, normed
   * @param layer the block's number
   * @param table the experts of each token id, or null to choose the best
   * @return {@code [hiddenSize]}
   */
  public Value write(GraphWriter graph, Value input, int layer, int @Nullable [] table) {
    String block = "blk." + layer + ".";
    Value routed = experts(graph, input, route(graph, input, block, table), block);
    if (sharedIntermediateSize == 0) {
      return routed;
    }
    return graph.add(block + "ffn_out", routed, shared(graph, input, block));
  }

  /**
   * The router.
   *
   * @param table the experts of each token id, or null to choose the best
   * @return {@code [2 · numExpertsPerTok]}
   */
  @SuppressWarnings("NullAway") // it does not see that the array in the other module may be null
  private Value route(GraphWriter graph, Value input, String block, int @Nullable [] table) {
    int experts = config.nRoutedExperts();
    Value logits = graph.linear(block + "ffn_moe_logits", input, block + "ffn_gate_inp", experts);
    return graph.add(
        new Route(
            logits,
            graph.optional(block + "exp_probs_b.bias", experts),
            config.scoringFunc(),
            config.nGroup(),
            config.topkGroup(),
            config.nGroup() > 1 && config.scoringFunc() != Scoring.SOFTMAX ? 2 : 1,
            config.normTopkProb(),
            config.routedScalingFactor(),
            table,
            new Value(block + "ffn_moe_topk", 2 * config.numExpertsPerTok())));
  }

  /** The chosen experts' weighted sum, {@code [hiddenSize]}. */
  private Value experts(GraphWriter graph, Value input, Value routing, String block) {
    int experts = config.nRoutedExperts();
    int hiddenSize = input.width();
    int width = config.moeIntermediateSize();
    List<Tensor> gate = graph.experts(block + "ffn_gate_exps.weight", experts, width, hiddenSize);
    List<Tensor> up = graph.experts(block + "ffn_up_exps.weight", experts, width, hiddenSize);
    List<Tensor> down = graph.experts(block + "ffn_down_exps.weight", experts, hiddenSize, width);
    return graph.add(
        new Experts(
            input,
            routing,
            gate,
            up,
            down,
            graph.optional(block + "ffn_gate_exps.bias", experts, width),
            graph.optional(block + "ffn_up_exps.bias", experts, width),
            graph.optional(block + "ffn_down_exps.bias", experts, hiddenSize),
            activation,
            weightsInput,
            new Value(block + "ffn_moe_out", hiddenSize)));
  }

  private Value shared(GraphWriter graph, Value input, String block) {
    Value gate =
        graph.linear(
            block + "ffn_gate_shexp", input, block + "ffn_gate_shexp", sharedIntermediateSize);
    Value up =
        graph.linear(block + "ffn_up_shexp", input, block + "ffn_up_shexp", sharedIntermediateSize);
    float limit =
        activation instanceof Activation.Swiglu(float bound) ? bound : Float.POSITIVE_INFINITY;
    Value hidden =
        graph.add(
            new SwiGlu(
                gate, up, limit, new Value(block + "ffn_swiglu_shexp", sharedIntermediateSize)));
    return graph.linear(block + "ffn_shexp", hidden, block + "ffn_down_shexp", input.width());
  }
}

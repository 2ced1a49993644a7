// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.layer;

import dev.coterie.engine.config.LlamaConfig;
import dev.coterie.spi.Operation.Attention;
import dev.coterie.spi.Operation.Rope;
import dev.coterie.spi.Value;

/**
 * Attention in which several query heads share a key and value head (GQA, arXiv 2305.13245), with
 * rotary embedding.
 *
 * @param config sizes
 * @param frequencies radians a position
 * @param interleaved whether rotated pairs are neighbors in the head
 */
public record GroupedQueryAttention(LlamaConfig config, float[] frequencies, boolean interleaved) {
  /**
   * Writes the layer.
   *
   * @param input {@code [hiddenSize]}, normed
   * @param layer the block's number
   * @return {@code [hiddenSize]}
   */
  public Value write(GraphWriter graph, Value input, int layer) {
    String block = "blk." + layer + ".";
    int headDim = config.headDim();
    int queryWidth = config.numAttentionHeads() * headDim;
    int keyValueWidth = config.numKeyValueHeads() * headDim;
    Value query = graph.linear(block + "Qcur", input, block + "attn_q", queryWidth);
    Value key = graph.linear(block + "Kcur", input, block + "attn_k", keyValueWidth);
    Value value = graph.linear(block + "Vcur", input, block + "attn_v", keyValueWidth);
    Value rotatedQuery = rotate(graph, query, config.numAttentionHeads());
    Value rotatedKey = rotate(graph, key, config.numKeyValueHeads());
    Value attended = // [numAttentionHeads · headDim]
        graph.add(
            new Attention(
                rotatedQuery,
                rotatedKey,
                value,
                layer,
                config.numAttentionHeads(),
                config.numKeyValueHeads(),
                headDim,
                (float) (1 / Math.sqrt(headDim)),
                new Value(block + "kqv_out", queryWidth)));
    return graph.linear(block + "attn_out", attended, block + "attn_output", config.hiddenSize());
  }

  private Value rotate(GraphWriter graph, Value input, int heads) {
    return graph.add(
        new Rope(
            input,
            heads,
            config.headDim(),
            interleaved,
            frequencies,
            config.rope().magnitude(),
            new Value(input.name() + "_rope", input.width())));
  }
}

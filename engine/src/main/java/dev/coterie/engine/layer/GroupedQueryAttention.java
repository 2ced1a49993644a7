// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.layer;

import dev.coterie.engine.config.LlamaConfig;
import dev.coterie.spi.Operation.Attention;
import dev.coterie.spi.Operation.RmsNorm;
import dev.coterie.spi.Operation.Slice;
import dev.coterie.spi.Operation.Visibility;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import org.jspecify.annotations.Nullable;

/**
 * Attention in which several query heads share a key and value head (GQA, arXiv 2305.13245), in
 * steps that architectures put together.
 *
 * @param config sizes
 */
public record GroupedQueryAttention(LlamaConfig config) {
  /**
   * Queries, keys and values of a row.
   *
   * @param query {@code [numAttentionHeads · headDim]}
   * @param key {@code [numKeyValueHeads · headDim]}
   * @param value {@code [numKeyValueHeads · headDim]}
   */
  public record Heads(Value query, Value key, Value value) {}

  /** Projects a normed input {@code [hiddenSize]}; takes one fused matrix where the file has it. */
  public Heads project(GraphWriter graph, Value input, int layer) {
    String block = "blk." + layer + ".";
    int queryWidth = config.numAttentionHeads() * config.headDim();
    int width = config.numKeyValueHeads() * config.headDim();
    if (graph.has(block + "attn_qkv.weight")) {
      Value all = graph.linear(block + "wqkv", input, block + "attn_qkv", queryWidth + 2 * width);
      return new Heads(
          part(graph, all, 0, new Value(block + "Qcur", queryWidth), input, block + "attn_q"),
          part(graph, all, queryWidth, new Value(block + "Kcur", width), input, block + "attn_k"),
          part(
              graph,
              all,
              queryWidth + width,
              new Value(block + "Vcur", width),
              input,
              block + "attn_v"));
    }
    return new Heads(
        graph.linear(block + "Qcur", input, block + "attn_q", queryWidth),
        graph.linear(block + "Kcur", input, block + "attn_k", width),
        graph.linear(block + "Vcur", input, block + "attn_v", width));
  }

  /** A stretch of the fused product, and what adapters of the separate weight add. */
  private static Value part(
      GraphWriter graph, Value all, int from, Value output, Value input, String weight) {
    return graph.adapted(output, input, weight, part -> new Slice(all, from, part));
  }

  /** Norms each query and key head, with {@code attn_q_norm} and {@code attn_k_norm}. */
  public Heads norm(GraphWriter graph, Heads heads, int layer) {
    String block = "blk." + layer + ".";
    return new Heads(
        norm(graph, heads.query, graph.tensor(block + "attn_q_norm.weight", config.headDim())),
        norm(graph, heads.key, graph.tensor(block + "attn_k_norm.weight", config.headDim())),
        heads.value);
  }

  /** Norms each query and key head, without weights. */
  public Heads normWithoutWeights(GraphWriter graph, Heads heads) {
    return new Heads(norm(graph, heads.query, null), norm(graph, heads.key, null), heads.value);
  }

  private Value norm(GraphWriter graph, Value input, @Nullable Tensor weight) {
    int parts = input.width() / config.headDim();
    return graph.add(
        new RmsNorm(
            input,
            weight,
            config.rmsNormEps(),
            parts,
            new Value(input.name() + "_normed", input.width())));
  }

  /** Rotates queries and keys. */
  public Heads rotate(GraphWriter graph, Heads heads, Rotation rotation) {
    return new Heads(
        rotation.write(graph, heads.query, config.headDim(), 0),
        rotation.write(graph, heads.key, config.headDim(), 0),
        heads.value);
  }

  /**
   * Attends and projects back.
   *
   * @param visibility which positions are seen
   * @param sinks {@code [numAttentionHeads]}, or null
   * @return {@code [hiddenSize]}
   */
  public Value attend(
      GraphWriter graph, Heads heads, int layer, Visibility visibility, @Nullable Tensor sinks) {
    String block = "blk." + layer + ".";
    Value attended = // [numAttentionHeads · headDim]
        graph.add(
            new Attention(
                heads.query,
                heads.key,
                heads.value,
                layer,
                config.numAttentionHeads(),
                config.numKeyValueHeads(),
                config.headDim(),
                (float) (1 / Math.sqrt(config.headDim())),
                visibility,
                sinks,
                new Value(block + "kqv_out", heads.query.width())));
    return graph.linear(block + "attn_out", attended, block + "attn_output", config.hiddenSize());
  }
}

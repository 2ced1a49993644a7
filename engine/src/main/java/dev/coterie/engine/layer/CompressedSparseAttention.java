// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.layer;

import dev.coterie.engine.config.DeepSeekV4Config;
import dev.coterie.engine.config.RopeConfig;
import dev.coterie.spi.Operation.CompressedAttention;
import dev.coterie.spi.Operation.Compressor;
import dev.coterie.spi.Operation.GroupedLinear;
import dev.coterie.spi.Operation.RmsNorm;
import dev.coterie.spi.Operation.SelectEntries;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * The attention of DeepSeek-V4: one head of keys, which are the values too, so that the output has
 * to be rotated back; a window of tokens, and compressed entries where the block's ratio says so;
 * and an output projection of low rank in groups of heads.
 *
 * @param config sizes
 */
public record CompressedSparseAttention(DeepSeekV4Config config) {
  /** The ratio at which windows overlap and an indexer chooses entries. */
  private static final int SPARSE_RATIO = 4;

  /**
   * Writes the layer.
   *
   * @param input {@code [hiddenSize]}, normed
   * @param layer the block's number
   * @return {@code [hiddenSize]}
   */
  public Value write(GraphWriter graph, Value input, int layer) {
    String block = "blk." + layer + ".";
    int heads = config.numAttentionHeads();
    int size = config.headDim();
    int ratio = config.compressRatios()[layer];
    RopeConfig rope = ratio == 0 ? config.rope() : config.compressRope();
    float[] frequencies = rope.frequencies(null);
    Rotation rotation = new Rotation(frequencies, 1, true);
    int offset = size - 2 * frequencies.length; // rotated values stand last
    float epsilon = config.rmsNormEps();

    Value latent = graph.linear(block + "q_a", input, block + "attn_q_a", config.qLoraRank());
    latent = graph.rmsNorm(block + "qr", latent, block + "attn_q_a_norm", epsilon); // [qLoraRank]
    Value query = // [heads · size]
        graph.linear(block + "q", latent, block + "attn_q_b", heads * size);
    query =
        graph.add(
            new RmsNorm(query, null, epsilon, heads, new Value(block + "q_norm", heads * size)));
    query = rotation.write(graph, query, size, offset);

    Value key = graph.linear(block + "kv", input, block + "attn_kv", size); // [size]
    key = graph.rmsNorm(block + "kv_normed", key, block + "attn_kv_a_norm", epsilon);
    key = rotation.write(graph, key, size, offset);

    Compressor compressor = null;
    Value selected = null;
    if (ratio > 0) {
      compressor = compressor(graph, input, block + "attn_compressor", ratio, size, frequencies);
    }
    if (ratio == SPARSE_RATIO) {
      selected = indexer(graph, input, latent, layer, rotation);
    }
    Value attended = // [heads · size]
        graph.add(
            new CompressedAttention(
                query,
                key,
                compressor,
                selected,
                layer,
                config.slidingWindow(),
                (float) (1 / Math.sqrt(size)),
                graph.tensor(block + "attn_sinks.weight", heads),
                new Value(block + "kqv_out", heads * size)));
    attended = new Rotation(negated(frequencies), 1, true).write(graph, attended, size, offset);
    return output(graph, attended, block);
  }

  private Compressor compressor(
      GraphWriter graph, Value input, String name, int ratio, int size, float[] frequencies) {
    int width = ratio == SPARSE_RATIO ? 2 * size : size;
    return new Compressor(
        graph.linear(name + "_kv", input, name + "_kv", width),
        graph.linear(name + "_gate", input, name + "_gate", width),
        ratio,
        graph.tensor(name + "_ape.weight", ratio, width),
        graph.tensor(name + "_norm.weight", size),
        config.rmsNormEps(),
        frequencies);
  }

  private Value indexer(
      GraphWriter graph, Value input, Value latent, int layer, Rotation rotation) {
    String block = "blk." + layer + ".";
    int heads = config.indexNHeads();
    int size = config.indexHeadDim();
    int offset = size - 2 * rotation.frequencies().length;
    Value query = // [heads · size]
        graph.linear(block + "indexer_q", latent, block + "indexer.attn_q_b", heads * size);
    query = rotation.write(graph, query, size, offset);
    Value weights = graph.linear(block + "indexer_w", input, block + "indexer.proj", heads);
    Compressor compressor =
        compressor(
            graph, input, block + "indexer_compressor", SPARSE_RATIO, size, rotation.frequencies());
    Value output = new Value(block + "indexer_top_k", config.indexTopk());
    return graph.add(new SelectEntries(query, weights, compressor, layer, output));
  }

  private Value output(GraphWriter graph, Value attended, String block) {
    int groups = config.oGroups();
    int rank = config.oLoraRank();
    int width = attended.width() / groups;
    Tensor all = graph.tensor(block + "attn_output_a.weight", (long) groups * rank, width);
    List<Tensor> weights = new ArrayList<>();
    for (int group = 0; group < groups; group++) {
      weights.add(Rows.of(all, group * rank, rank));
    }
    Value low = // [groups · rank]
        graph.add(
            new GroupedLinear(attended, weights, new Value(block + "attn_lora", groups * rank)));
    return graph.linear(block + "attn_out", low, block + "attn_output_b", config.hiddenSize());
  }

  private static float[] negated(float[] frequencies) {
    float[] result = new float[frequencies.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = -frequencies[i];
    }
    return result;
  }
}

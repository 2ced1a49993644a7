// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.layer;

import dev.coterie.engine.config.MlaConfig;
import dev.coterie.spi.Operation.MlaAttention;
import dev.coterie.spi.Operation.Slice;
import dev.coterie.spi.Value;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head latent attention (MLA, DeepSeek-V2, arXiv 2405.04434) in its absorbed form.
 *
 * @param config sizes
 * @param rotation rotates the rotary part of queries and keys
 */
public record LatentAttention(MlaConfig config, Rotation rotation) {
  /** Chooses the positions that a row sees (DeepSeek-V3.2). */
  public interface Indexer {
    /**
     * Writes the indexer.
     *
     * @param input {@code [hiddenSize]}, normed
     * @param queryLatent {@code [qLoraRank]}, normed
     * @return the selected positions
     */
    Value write(GraphWriter graph, Value input, Value queryLatent, int layer);
  }

  /**
   * Writes the layer.
   *
   * @param input {@code [hiddenSize]}, normed
   * @param layer the block's number
   * @param indexer chooses positions, or null for all
   * @return {@code [hiddenSize]}
   */
  public Value write(GraphWriter graph, Value input, int layer, @Nullable Indexer indexer) {
    String block = "blk." + layer + ".";
    int heads = config.numAttentionHeads();
    int nope = config.qkNopeHeadDim();
    int rope = config.qkRopeHeadDim();
    int rank = config.kvLoraRank();
    int headDim = nope + rope;

    Value query; // [heads · (nope + rope)]
    Value selected = null;
    if (config.qLoraRank() == 0) {
      query = graph.linear(block + "q", input, block + "attn_q", heads * headDim);
    } else {
      Value latent = // [qLoraRank]
          graph.linear(block + "q_a", input, block + "attn_q_a", config.qLoraRank());
      Value normed =
          graph.rmsNorm(block + "q_a_normed", latent, block + "attn_q_a_norm", config.rmsNormEps());
      query = graph.linear(block + "q", normed, block + "attn_q_b", heads * headDim);
      if (indexer != null) {
        selected = indexer.write(graph, input, normed, layer);
      }
    }
    query = rotation.write(graph, query, headDim, nope);

    Value compressed = // [rank + rope]
        graph.linear(block + "kv_cmpr_pe", input, block + "attn_kv_a_mqa", rank + rope);
    Value latent = graph.add(new Slice(compressed, 0, new Value(block + "kv_cmpr", rank)));
    latent =
        graph.rmsNorm(
            block + "kv_cmpr_normed", latent, block + "attn_kv_a_norm", config.rmsNormEps());
    Value keyRope = graph.add(new Slice(compressed, rank, new Value(block + "k_pe", rope)));
    keyRope = rotation.write(graph, keyRope, rope, 0);

    Value attended = // [heads · vHeadDim]
        graph.add(
            new MlaAttention(
                query,
                latent,
                keyRope,
                graph.stack(block + "attn_k_b.weight", heads, rank, nope),
                graph.stack(block + "attn_v_b.weight", heads, config.vHeadDim(), rank),
                layer,
                (float) (config.rope().softmaxFactor() / Math.sqrt(headDim)),
                selected,
                new Value(block + "kqv_out", heads * config.vHeadDim())));
    return graph.linear(block + "attn_out", attended, block + "attn_output", config.hiddenSize());
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.layer;

import dev.coterie.spi.Operation.LayerNorm;
import dev.coterie.spi.Operation.SelectPositions;
import dev.coterie.spi.Value;

/**
 * The lightning indexer of DeepSeek-V3.2. Its heads are rotated at their start, with pairs half the
 * rotated part apart, unlike the attention beside it. The reference also scales the head weights
 * and rotates queries and keys by a Hadamard matrix; neither changes which positions score best.
 *
 * @param heads index heads
 * @param size values a head
 * @param topK positions that are chosen
 * @param frequencies radians a position
 */
@SuppressWarnings("ArrayRecordComponent")
public record LightningIndexer(int heads, int size, int topK, float[] frequencies)
    implements LatentAttention.Indexer {
  private static final float EPSILON = 1e-6f;

  @Override
  public Value write(GraphWriter graph, Value input, Value queryLatent, int layer) {
    String indexer = "blk." + layer + ".indexer.";
    Rotation rotation = new Rotation(frequencies, 1, false);
    Value query = // [heads · size]
        graph.linear(indexer + "q", queryLatent, indexer + "attn_q_b", heads * size);
    query = rotation.write(graph, query, size, 0);
    Value key = graph.linear(indexer + "k", input, indexer + "attn_k", size); // [size]
    key =
        graph.add(
            new LayerNorm(
                key,
                graph.tensor(indexer + "k_norm.weight", size),
                graph.tensor(indexer + "k_norm.bias", size),
                EPSILON,
                new Value(indexer + "k_normed", size)));
    key = rotation.write(graph, key, size, 0);
    Value weights = graph.linear(indexer + "weights", input, indexer + "proj", heads); // [heads]
    return graph.add(
        new SelectPositions(query, weights, key, layer, new Value(indexer + "top_k", topK)));
  }
}

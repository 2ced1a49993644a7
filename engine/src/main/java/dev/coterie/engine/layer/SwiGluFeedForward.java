// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.layer;

import dev.coterie.spi.Operation.SwiGlu;
import dev.coterie.spi.Value;

/**
 * The feed-forward layer {@code down(silu(gate(x)) · up(x))} (arXiv 2002.05202).
 *
 * @param intermediateSize width between the projections
 */
public record SwiGluFeedForward(int intermediateSize) {
  /**
   * Writes the layer.
   *
   * @param input {@code [hiddenSize]}, normed
   * @param layer the block's number
   * @return {@code [hiddenSize]}
   */
  public Value write(GraphWriter graph, Value input, int layer) {
    String block = "blk." + layer + ".";
    Value gate = graph.linear(block + "ffn_gate", input, block + "ffn_gate", intermediateSize);
    Value up = graph.linear(block + "ffn_up", input, block + "ffn_up", intermediateSize);
    Value hidden = // [intermediateSize]
        graph.add(new SwiGlu(gate, up, new Value(block + "ffn_swiglu", intermediateSize)));
    return graph.linear(block + "ffn_out", hidden, block + "ffn_down", input.width());
  }
}

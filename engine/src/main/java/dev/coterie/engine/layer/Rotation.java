// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.layer;

import dev.coterie.spi.Operation.Rope;
import dev.coterie.spi.Value;

/**
 * A rotary embedding, ready to be applied.
 *
 * @param frequencies radians a position, with all scaling applied
 * @param magnitude multiplies the rotated values
 * @param interleaved whether rotated pairs are neighbors in the head
 */
@SuppressWarnings("ArrayRecordComponent") // written once, read by operations that copy it
public record Rotation(float[] frequencies, float magnitude, boolean interleaved) {
  /**
   * Rotates some values of each head.
   *
   * @param input {@code [heads · headSize]}
   * @param headSize values a head
   * @param offset the first rotated value of a head
   */
  public Value write(GraphWriter graph, Value input, int headSize, int offset) {
    return graph.add(
        new Rope(
            input,
            input.width() / headSize,
            headSize,
            offset,
            interleaved,
            frequencies,
            magnitude,
            new Value(input.name() + "_rope", input.width())));
  }
}

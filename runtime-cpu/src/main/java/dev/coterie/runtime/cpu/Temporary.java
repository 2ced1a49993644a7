// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation;

/** How much of {@link Worker#temporary} the steps of an operation ask for. */
final class Temporary {
  private Temporary() {}

  /** The floats that one thread needs at most. */
  static int floats(Operation operation, Limits limits) {
    long tokens = (long) limits.cacheBlocks() * Limits.BLOCK_TOKENS;
    long floats =
        switch (operation) {
          case Operation.Experts experts ->
              limits.maxRows() > 1 || experts.weightsInput()
                  ? (long) limits.maxRows() * Buffer.padded(experts.input().width())
                  : 0;
          case Operation.MlaAttention attention -> {
            int rank = attention.latent().width();
            int widest = Buffer.padded(Math.max(rank, attention.valueSize()));
            long product = (long) LatentSteps.ROWS * widest;
            yield Math.max(rank + attention.keyRope().width(), product);
          }
          case Operation.GroupedLinear grouped ->
              (long) GroupedLinearStep.ROWS * Buffer.padded(grouped.weights().getFirst().rows());
          case Operation.HyperWeights hyper -> Buffer.padded(hyper.function().rows());
          case Operation.HyperHead head -> Buffer.padded(head.function().rows());
          case Operation.Route route -> 2L * route.logits().width() + route.groups();
          case Operation.SelectPositions select ->
              tokens > select.output().width()
                  ? 2 * tokens + AttentionWork.MAX_QUERIES * Limits.BLOCK_TOKENS
                  : 0;
          case Operation.SelectEntries select -> {
            long entries = tokens / select.compressor().ratio();
            yield entries > select.output().width() ? 2 * entries : 0;
          }
          default -> 0;
        };
    return Math.toIntExact(floats);
  }
}

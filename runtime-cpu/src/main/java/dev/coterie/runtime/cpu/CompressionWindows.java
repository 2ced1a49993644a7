// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Operation.Compressor;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The windows whose tokens a compressor joins, and which blocks of a sequence have to keep what of
 * them. Blocks are numbered by their place in the sequence here.
 *
 * <p>With {@code n} tokens computed a sequence can go on from any position of the block that the
 * next token comes into and of the block before it, and from any multiple of {@code anchor}.
 *
 * @param ratio tokens of a window
 * @param overlaps whether an entry takes in the window before its own
 * @param anchor the tokens after which all windows of the graph and a block end together
 */
record CompressionWindows(int ratio, boolean overlaps, int anchor) {
  private static final int TOKENS = Limits.BLOCK_TOKENS;

  CompressionWindows {
    if (TOKENS % ratio != 0 && (overlaps || ratio < TOKENS)) {
      throw new IllegalArgumentException(
          "compressor: expected windows of a divisor of "
              + TOKENS
              + (overlaps ? " tokens, as they overlap" : " tokens or of more")
              + ", found "
              + ratio);
    }
  }

  static CompressionWindows of(Compressor compressor, int anchor) {
    return new CompressionWindows(compressor.ratio(), compressor.overlaps(), anchor);
  }

  /** The least multiple of a block and of all windows of a graph; the largest int if it is more. */
  static int anchor(Graph graph) {
    long multiple = TOKENS;
    for (int ratio : compressors(graph).mapToInt(Compressor::ratio).distinct().toArray()) {
      long a = multiple;
      for (long b = ratio; b != 0; ) {
        long rest = a % b;
        a = b;
        b = rest;
      }
      multiple = Math.min(Integer.MAX_VALUE, multiple / a * ratio);
    }
    return (int) multiple;
  }

  private static Stream<Compressor> compressors(Graph graph) {
    return graph.operations().stream()
        .map(
            operation ->
                switch (operation) {
                  case Operation.CompressedAttention attention -> attention.compressor();
                  case Operation.SelectEntries select -> select.compressor();
                  default -> null;
                })
        .filter(Objects::nonNull);
  }

  /** The first token that an entry under way at a position is made of. */
  private int firstToken(int position) {
    int own = position - position % ratio;
    return overlaps ? Math.max(0, own - ratio) : own;
  }

  /** The first block whose tokens are read when a sequence goes on from a position. */
  int firstRead(int position) {
    return Math.min(firstToken(position), position / TOKENS * TOKENS) / TOKENS;
  }

  /** The first block whose tokens are kept in full once so many are computed. */
  int firstKept(int computed) {
    int back = Math.max(0, computed / TOKENS - 1); // the block that one can go back to
    return overlaps ? back : firstRead(back * TOKENS);
  }

  /** The first block that keeps its end, besides anchors, once so many tokens are computed. */
  int firstEnd(int computed) {
    return Math.max(0, computed / TOKENS - 2);
  }

  boolean isAnchor(int block) {
    return (block + 1L) * TOKENS % anchor == 0;
  }

  /** Whether every block is an anchor. */
  boolean anchorsOnly() {
    return anchor == TOKENS;
  }

  /** Whether the last token of any window lies in a block. */
  boolean completesIn(int block) {
    return (block + 1L) * TOKENS / ratio > (long) block * TOKENS / ratio;
  }

  /** How many entries may lie in a block. */
  int entries() {
    return Math.max(1, TOKENS / ratio);
  }

  /** The most blocks that have entries. */
  int entryBlocks(Limits limits) {
    return ratio <= TOKENS
        ? limits.cacheBlocks()
        : (int) ((long) limits.cacheBlocks() * TOKENS / ratio);
  }

  /** The most blocks that keep their tokens in full. */
  int tokenBlocks(Limits limits) {
    int reach = ratio <= TOKENS ? 0 : Math.ceilDiv(ratio, TOKENS) - (ratio % TOKENS == 0 ? 1 : 0);
    return underWay(2 + reach, 0, limits);
  }

  /** The most blocks that keep their ends. */
  int endBlocks(Limits limits) {
    return overlaps ? underWay(2, (long) limits.cacheBlocks() * TOKENS / anchor, limits) : 0;
  }

  /** So many for each sequence, and what long segments of a batch pass through. */
  private static int underWay(int blocks, long more, Limits limits) {
    int passed = (limits.maxRows() - 1) / TOKENS;
    return (int) Math.min(limits.cacheBlocks(), (long) blocks * limits.sequences() + passed + more);
  }
}

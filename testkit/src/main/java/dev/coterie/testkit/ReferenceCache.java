// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Limits;
import java.util.HashMap;
import java.util.Map;

/** One layer's paged cache: two vectors a token. Reading a slot that nobody wrote is an error. */
final class ReferenceCache {
  private final int numBlocks;
  private final Map<Integer, Slot> slots = new HashMap<>(); // by block · BLOCK_TOKENS + offset

  /** What the cache holds for one token. */
  private record Slot(double[] first, double[] second) {}

  ReferenceCache(int numBlocks) {
    this.numBlocks = numBlocks;
  }

  /**
   * Writes all rows of a batch, to be done before any is read: a segment may share blocks with one
   * that comes after it.
   */
  void put(Batch batch, double[][] first, double[][] second) {
    for (int r = 0; r < batch.numRows(); r++) {
      slots.put(slot(batch, r, batch.position(r)), new Slot(first[r], second[r]));
    }
  }

  /** The first vectors of some positions of a row's sequence. */
  double[][] first(Batch batch, int row, int[] positions) {
    double[][] vectors = new double[positions.length][];
    for (int i = 0; i < positions.length; i++) {
      vectors[i] = read(batch, row, positions[i]).first();
    }
    return vectors;
  }

  /** The second vectors of some positions of a row's sequence. */
  double[][] second(Batch batch, int row, int[] positions) {
    double[][] vectors = new double[positions.length][];
    for (int i = 0; i < positions.length; i++) {
      vectors[i] = read(batch, row, positions[i]).second();
    }
    return vectors;
  }

  private Slot read(Batch batch, int row, int position) {
    int at = slot(batch, row, position);
    Slot slot = slots.get(at);
    if (slot == null) {
      throw new IllegalStateException(
          "cache: block "
              + at / Limits.BLOCK_TOKENS
              + " holds nothing for position "
              + position
              + " of row "
              + row);
    }
    return slot;
  }

  private int slot(Batch batch, int row, int position) {
    int block = batch.blockTable(batch.segmentOf(row))[position / Limits.BLOCK_TOKENS];
    if (block < 0 || block >= numBlocks) {
      throw new IllegalArgumentException(
          "block: expected 0 to " + (numBlocks - 1) + ", found " + block);
    }
    return block * Limits.BLOCK_TOKENS + position % Limits.BLOCK_TOKENS;
  }

  long memoryBytes() {
    return slots.values().stream()
        .mapToLong(slot -> Double.BYTES * ((long) slot.first().length + slot.second().length))
        .sum();
  }
}

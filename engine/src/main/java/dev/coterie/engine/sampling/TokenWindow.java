// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.sampling;

import java.util.Arrays;

/**
 * How often each of the last tokens occurred, and the penalties for them. Distinct tokens stand in
 * dense arrays, found through an open hash table; those that left the window stay with count 0
 * until the arrays are full and built anew. For use by one thread; allocates nothing after
 * construction.
 */
final class TokenWindow {
  private final int[] ring;
  private final int[] ids;
  private final int[] counts;
  private final float[] saved;
  private final int[] slots; // 1 + index into ids, 0 where free
  private int ringSize;
  private int ringNext;
  private int distinct;

  /**
   * An empty window.
   *
   * @param size how many tokens it covers, at least 1
   */
  TokenWindow(int size) {
    ring = new int[size];
    ids = new int[2 * size];
    counts = new int[2 * size];
    saved = new float[2 * size];
    slots = new int[Integer.highestOneBit(2 * size) << 2];
  }

  /** Takes in the next token and lets the oldest go, if the window is full. */
  void add(int id) {
    if (ringSize == ring.length) {
      counts[slots[slot(ring[ringNext])] - 1]--;
    } else {
      ringSize++;
    }
    ring[ringNext] = id;
    ringNext = ringNext + 1 == ring.length ? 0 : ringNext + 1;
    if (distinct == ids.length && slots[slot(id)] == 0) {
      rebuild();
    } else {
      count(id);
    }
  }

  private void count(int id) {
    int slot = slot(id);
    if (slots[slot] == 0) {
      ids[distinct] = id;
      counts[distinct] = 0;
      slots[slot] = ++distinct;
    }
    counts[slots[slot] - 1]++;
  }

  /** Where a token's index is, or goes. */
  private int slot(int id) {
    int mask = slots.length - 1;
    int slot = (id * 0x9e3779b9) >>> Integer.numberOfLeadingZeros(mask);
    while (slots[slot] != 0 && ids[slots[slot] - 1] != id) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void rebuild() {
    Arrays.fill(slots, 0);
    distinct = 0;
    for (int i = 0; i < ringSize; i++) {
      count(ring[i]);
    }
  }

  /** Changes the logits of the window's tokens. */
  void apply(
      float[] logits,
      int offset,
      int vocabulary,
      double repetition,
      double presence,
      double frequency) {
    for (int i = 0; i < distinct; i++) {
      if (counts[i] > 0 && ids[i] < vocabulary) {
        float logit = logits[offset + ids[i]];
        saved[i] = logit;
        double penalized = logit > 0 ? logit / repetition : logit * repetition;
        logits[offset + ids[i]] = (float) (penalized - presence - frequency * counts[i]);
      }
    }
  }

  /** Takes {@link #apply} back. */
  void restore(float[] logits, int offset, int vocabulary) {
    for (int i = 0; i < distinct; i++) {
      if (counts[i] > 0 && ids[i] < vocabulary) {
        logits[offset + ids[i]] = saved[i];
      }
    }
  }
}

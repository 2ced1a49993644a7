// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

/**
 * Which cache blocks have a slot of some room that is not for all of them. Slots are numbered from
 * 0 on; one that was given back is taken first.
 */
final class BlockSlots {
  private final int[] slots; // by block: the slot and 1; 0 for none
  private final int[] free;
  private int numFree;
  private int size;

  BlockSlots(HeapMemory heap, int maxBlocks) {
    slots = heap.ints(maxBlocks);
    free = heap.ints(maxBlocks);
  }

  /** How many slots were ever in use at the same time. */
  int size() {
    return size;
  }

  boolean has(int block) {
    return slots[block] > 0;
  }

  /** A block's slot, or -1. */
  int slot(int block) {
    return slots[block] - 1;
  }

  /** Gives a block a slot if it has none. */
  void take(int block) {
    if (slots[block] == 0) {
      slots[block] = 1 + (numFree > 0 ? free[--numFree] : size++);
    }
  }

  /** Takes a block's slot away if it has one. */
  void free(int block) {
    if (slots[block] > 0) {
      free[numFree++] = slots[block] - 1;
      slots[block] = 0;
    }
  }
}

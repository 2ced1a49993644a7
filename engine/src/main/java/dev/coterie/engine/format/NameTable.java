// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import java.util.SplittableRandom;

/**
 * Finds the members of a mapped JSON object by name. It keeps where each name begins and reads
 * names in place, so that a header of many small tensors costs less memory than its size. Names are
 * the positions where their content begins.
 *
 * <p>Open addressing with linear probing; the hash has a secret seed, so that a file cannot be made
 * of names that collide.
 */
final class NameTable {
  private static final long SEED = new SplittableRandom().nextLong();
  private static final long MULTIPLIER = 0x9e3779b97f4a7c15L;

  private final int[] positions;
  private final int[] slots; // 1 + index into positions; 0 where free
  private int size;

  /**
   * An empty table.
   *
   * @param capacity the most names
   */
  NameTable(int capacity) {
    this.positions = new int[capacity];
    this.slots = new int[Integer.highestOneBit(Math.max(1, capacity + capacity / 3)) << 1];
  }

  /** Adds a name; false if it is there already. */
  boolean add(JsonText text, long name) {
    int slot = (int) (hash(text, name) >>> 32) & (slots.length - 1);
    while (slots[slot] != 0) {
      if (text.equal(positions[slots[slot] - 1], name)) {
        return false;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    positions[size++] = Math.toIntExact(name);
    slots[slot] = size;
    return true;
  }

  /** Where a name is, or −1. */
  long find(JsonText text, String name) {
    int slot = (int) (hash(name) >>> 32) & (slots.length - 1);
    while (slots[slot] != 0) {
      int found = positions[slots[slot] - 1];
      if (text.equal(found, name)) {
        return found;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    return -1;
  }

  int capacity() {
    return positions.length;
  }

  int size() {
    return size;
  }

  /** A name, counted in the order of the file. */
  long position(int index) {
    return positions[index];
  }

  private static long hash(JsonText text, long name) {
    long back = text.position();
    text.position(name);
    long hash = SEED;
    for (int c = text.codePoint(); c != JsonText.END; c = text.codePoint()) {
      hash = mix(hash, c);
    }
    text.position(back);
    return hash;
  }

  private static long hash(String name) {
    long hash = SEED;
    for (int i = 0; i < name.length(); i += Character.charCount(name.codePointAt(i))) {
      hash = mix(hash, name.codePointAt(i));
    }
    return hash;
  }

  private static long mix(long hash, int c) {
    long mixed = (hash ^ c) * MULTIPLIER;
    return mixed ^ (mixed >>> 29);
  }
}

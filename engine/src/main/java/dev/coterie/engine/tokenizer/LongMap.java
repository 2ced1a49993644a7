// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

/**
 * An open-addressing map from non-negative longs to non-negative longs. Safe to read from many
 * threads once it is filled and published.
 */
final class LongMap {
  /** What {@link #get} answers for a key that is not there. */
  static final long ABSENT = -1;

  /** Not the same in every process, so that no file can choose keys that collide. */
  private static final long SEED = System.nanoTime() * 0x9E3779B97F4A7C15L;

  /** Each key plus one, so that zero means free. */
  private long[] keys;

  private long[] values;
  private int size;

  /**
   * An empty map.
   *
   * @param expected how many pairs will come; more may
   */
  LongMap(int expected) {
    int capacity = Integer.highestOneBit(Math.max(8, expected + (expected >> 1))) << 1;
    keys = new long[capacity];
    values = new long[capacity];
  }

  long get(long key) {
    int slot = slot(keys, key + 1);
    return keys[slot] == 0 ? ABSENT : values[slot];
  }

  /** Adds a pair unless the key is there already. */
  void putIfAbsent(long key, long value) {
    int slot = slot(keys, key + 1);
    if (keys[slot] != 0) {
      return;
    }
    keys[slot] = key + 1;
    values[slot] = value;
    size++;
    if (size > keys.length - (keys.length >> 2)) {
      grow();
    }
  }

  private void grow() {
    long[] oldKeys = keys;
    long[] oldValues = values;
    keys = new long[Math.multiplyExact(oldKeys.length, 2)];
    values = new long[keys.length];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        int slot = slot(keys, oldKeys[i]);
        keys[slot] = oldKeys[i];
        values[slot] = oldValues[i];
      }
    }
  }

  private static int slot(long[] keys, long storedKey) {
    int mask = keys.length - 1;
    long hash = (storedKey ^ SEED) * 0x9E3779B97F4A7C15L;
    hash = (hash ^ hash >>> 32) * 0xD6E8FEB86659FD93L;
    int slot = (int) (hash >>> 32) & mask;
    while (keys[slot] != storedKey && keys[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}

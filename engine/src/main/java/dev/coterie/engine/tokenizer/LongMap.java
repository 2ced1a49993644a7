// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.util.Arrays;

/**
 * An open-addressing map from non-negative longs to non-negative longs. Safe to read from many
 * threads once it is filled and published.
 */
final class LongMap {
  /** What {@link #get} answers for a key that is not there. */
  static final long ABSENT = -1;

  private long[] keys;
  private long[] values;
  private int size;

  LongMap(int expected) {
    int capacity = Integer.highestOneBit(Math.max(8, expected)) << 2;
    keys = new long[capacity];
    Arrays.fill(keys, ABSENT);
    values = new long[capacity];
  }

  long get(long key) {
    int slot = slot(keys, key);
    return keys[slot] == key ? values[slot] : ABSENT;
  }

  /** Adds a pair unless the key is there already. */
  void putIfAbsent(long key, long value) {
    int slot = slot(keys, key);
    if (keys[slot] == key) {
      return;
    }
    keys[slot] = key;
    values[slot] = value;
    size++;
    if (size > keys.length >> 1) {
      grow();
    }
  }

  private void grow() {
    long[] oldKeys = keys;
    long[] oldValues = values;
    keys = new long[Math.multiplyExact(oldKeys.length, 2)];
    Arrays.fill(keys, ABSENT);
    values = new long[keys.length];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != ABSENT) {
        int slot = slot(keys, oldKeys[i]);
        keys[slot] = oldKeys[i];
        values[slot] = oldValues[i];
      }
    }
  }

  private static int slot(long[] keys, long key) {
    int mask = keys.length - 1;
    long hash = key * 0x9E3779B97F4A7C15L;
    int slot = (int) (hash >>> 32) & mask;
    while (keys[slot] != key && keys[slot] != ABSENT) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Finds entries of a mapped file by name. It keeps where each entry begins and reads names in
 * place, so that a file of many small entries costs less memory than its size.
 *
 * <p>Open addressing with linear probing; the hash has a secret seed, so that a file cannot be made
 * of names that collide.
 */
final class GgufTable {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long SEED = new SplittableRandom().nextLong();
  private static final long MULTIPLIER = 0x9e3779b97f4a7c15L;

  private final MemorySegment file;
  private final long[] positions;
  private final int[] slots; // 1 + index into positions; 0 where free
  private int size;

  /**
   * An empty table.
   *
   * @param file holds the entries; each begins with its name as a GGUF string
   * @param capacity the most entries
   */
  GgufTable(MemorySegment file, int capacity) {
    this.file = file;
    this.positions = new long[capacity];
    this.slots = new int[Integer.highestOneBit(Math.max(1, capacity + capacity / 3)) << 1];
  }

  /** Adds the entry at an offset; false if there is one of that name. */
  boolean add(long position) {
    int slot = slot(file, position + 8, position + 8 + length(position));
    if (slots[slot] != 0) {
      return false;
    }
    positions[size++] = position;
    slots[slot] = size;
    return true;
  }

  /** Where the entry of a name begins, or −1. */
  long find(String name) {
    MemorySegment bytes = MemorySegment.ofArray(name.getBytes(StandardCharsets.UTF_8));
    int index = slots[slot(bytes, 0, bytes.byteSize())];
    return index == 0 ? -1 : positions[index - 1];
  }

  int size() {
    return size;
  }

  /** Where an entry begins, counted in the order of the file. */
  long position(int index) {
    return positions[index];
  }

  /** The slot that holds a name, or the free one where it belongs. */
  private int slot(MemorySegment source, long from, long to) {
    int mask = slots.length - 1;
    int slot = (int) (hash(source, from, to) >>> 32) & mask;
    while (slots[slot] != 0 && !equal(positions[slots[slot] - 1], source, from, to)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private boolean equal(long position, MemorySegment source, long from, long to) {
    long start = position + 8;
    return length(position) == to - from
        && MemorySegment.mismatch(file, start, start + to - from, source, from, to) < 0;
  }

  private long length(long position) {
    return file.get(LONG, position);
  }

  private static long hash(MemorySegment source, long from, long to) {
    long hash = SEED;
    for (long i = from; i < to; i++) {
      hash = (hash ^ source.get(JAVA_BYTE, i)) * MULTIPLIER;
      hash ^= hash >>> 29;
    }
    return hash;
  }
}

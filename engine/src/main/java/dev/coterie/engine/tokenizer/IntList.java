// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.util.Arrays;

/** A growing list of ints. Not thread-safe. */
final class IntList {
  private int[] elements;
  private int size;

  IntList(int capacity) {
    elements = new int[Math.max(8, capacity)];
  }

  void add(int element) {
    if (size == elements.length) {
      elements = Arrays.copyOf(elements, Math.addExact(size, size));
    }
    elements[size++] = element;
  }

  void addAll(int[] source, int count) {
    if (count > elements.length - size) {
      elements = Arrays.copyOf(elements, Math.max(Math.addExact(size, count), size + (size >> 1)));
    }
    System.arraycopy(source, 0, elements, size, count);
    size += count;
  }

  int get(int index) {
    return elements[index];
  }

  void set(int index, int element) {
    elements[index] = element;
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  int[] toArray() {
    return Arrays.copyOf(elements, size);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

/** The ranges of tokens in a text, as they are found. Not thread-safe. */
final class Offsets {
  private final IntList starts = new IntList(64);
  private final IntList ends = new IntList(64);

  void add(int start, int end) {
    starts.add(start);
    ends.add(end);
  }

  int[] starts() {
    return starts.toArray();
  }

  int[] ends() {
    return ends.toArray();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

/** Runs of characters of certain ranges below U+D800. Immutable. */
final class RangeScanner extends Scanner {
  private final String ranges; // first and last, alternating

  RangeScanner(String ranges) {
    this.ranges = ranges;
  }

  @Override
  int match(char[] text, int at, int to) {
    int end = at;
    while (end < to && contains(text[end])) {
      end++;
    }
    return end > at ? end : NONE;
  }

  private boolean contains(char c) {
    for (int i = 0; i < ranges.length(); i += 2) {
      if (c >= ranges.charAt(i) && c <= ranges.charAt(i + 1)) {
        return true;
      }
    }
    return false;
  }
}

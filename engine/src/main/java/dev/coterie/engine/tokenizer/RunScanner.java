// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

/**
 * Runs of characters of some classes, of a certain length at most, with one white space before them
 * or without: {@code \p{N}{1,3}}, {@code \s?\p{L}+}. Immutable.
 */
final class RunScanner extends Scanner {
  private final int classes;
  private final int most;
  private final boolean spaced;

  RunScanner(int classes, int most, boolean spaced) {
    this.classes = classes;
    this.most = most;
    this.spaced = spaced;
  }

  @Override
  int match(char[] text, int at, int to) {
    int from = at;
    if (spaced && (CharacterClasses.at(text, at) & CharacterClasses.SPACE) != 0) {
      from++;
    }
    int end = runEnd(text, from, to);
    return end > from ? end : NONE;
  }

  private int runEnd(char[] text, int from, int to) {
    if (most == Integer.MAX_VALUE) {
      return CharacterClasses.runEnd(text, from, to, classes);
    }
    int end = from;
    for (int i = 0; i < most && end < to && (CharacterClasses.at(text, end) & classes) != 0; i++) {
      end = next(text, end);
    }
    return end;
  }
}

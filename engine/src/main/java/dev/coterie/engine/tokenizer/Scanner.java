// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

/**
 * Cuts where a hand-written matcher says; each does what its regular expression in {@link
 * PreTokenizers} does, in one pass over the text and without backtracking over it. Immutable.
 */
abstract class Scanner implements Splitter {
  /** What {@link #match} answers where nothing matches. */
  static final int NONE = -1;

  /**
   * The match that begins at a place.
   *
   * @param text well-formed UTF-16
   * @param at the place
   * @param to the end of the piece, beyond which nothing is seen
   * @return where the match ends, after {@code at}, or NONE
   */
  abstract int match(char[] text, int at, int to);

  @Override
  public final void split(char[] text, IntList pieces, IntList finer) {
    int at = 0;
    for (int i = 0; i < pieces.size(); i++) {
      int to = pieces.get(i);
      int done = at;
      while (at < to) {
        int end = match(text, at, to);
        if (end == NONE) {
          at = next(text, at);
          continue;
        }
        if (at > done) {
          finer.add(at);
        }
        finer.add(end);
        done = end;
        at = end;
      }
      if (done < to) {
        finer.add(to);
      }
    }
  }

  /** Where the character at a place ends. */
  static int next(char[] text, int at) {
    return Character.isHighSurrogate(text[at]) ? at + 2 : at + 1;
  }

  static boolean isLineBreak(char c) {
    return c == '\n' || c == '\r';
  }

  /** {@code [\r\n]*}, from a place on. */
  static int lineBreaks(char[] text, int from, int to) {
    int at = from;
    while (at < to && isLineBreak(text[at])) {
      at++;
    }
    return at;
  }

  /** {@code \s+(?!\S)|\s+} at a place. */
  static int spaces(char[] text, int at, int to) {
    int end = CharacterClasses.runEnd(text, at, to, CharacterClasses.SPACE);
    if (end == at) {
      return NONE;
    }
    return end == to || end == at + 1 ? end : end - 1; // white space has no surrogates
  }

  /** {@code \s*[\r\n]+|\s+(?!\S)|\s+} at a place. */
  static int lines(char[] text, int at, int to) {
    int end = CharacterClasses.runEnd(text, at, to, CharacterClasses.SPACE);
    for (int i = end; i > at; i--) {
      if (isLineBreak(text[i - 1])) {
        return i;
      }
    }
    if (end == at) {
      return NONE;
    }
    return end == to || end == at + 1 ? end : end - 1;
  }

  /** {@code (?i:'s|'t|'re|'ve|'m|'ll|'d)} at a place. */
  static int contraction(char[] text, int at, int to) {
    if (to - at < 2 || text[at] != '\'') {
      return NONE;
    }
    switch (text[at + 1]) {
      case 's', 'S', '\u017f', 't', 'T', 'm', 'M', 'd', 'D' -> {
        return at + 2;
      }
      default -> {}
    }
    if (to - at < 3) {
      return NONE;
    }
    char last = (char) (text[at + 2] | 0x20);
    return switch (text[at + 1]) {
      case 'r', 'R', 'v', 'V' -> last == 'e' ? at + 3 : NONE;
      case 'l', 'L' -> last == 'l' ? at + 3 : NONE;
      default -> NONE;
    };
  }
}

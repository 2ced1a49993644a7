// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where in an original text the chars of another come from. Immutable.
 *
 * @param shift the index in the maps, or else in the original, of the other text's first char
 * @param starts where the source of each char begins, or null if char and source are the same
 * @param ends where it ends, exclusive; null with the starts
 */
record Alignment(int shift, int @Nullable [] starts, int @Nullable [] ends) {
  /** Of a text with itself. */
  static final Alignment IDENTITY = new Alignment(0, null, null);

  /** A text in Unicode's form C. */
  record Composed(String text, Alignment alignment) {}

  /** Where the source of a char begins; for the text's end, where the text's source ends. */
  int start(int at) {
    if (starts == null || ends == null) {
      return shift + at;
    }
    return shift + at < starts.length ? starts[shift + at] : end(at);
  }

  /** Where the source of what is before a place ends. */
  int end(int at) {
    return ends == null || shift + at == 0 ? shift + at : ends[shift + at - 1];
  }

  /** For the part of the text that begins at a place. */
  Alignment from(int at) {
    return new Alignment(shift + at, starts, ends);
  }

  /**
   * Brings a part of the original into form C. A stretch without composition keeps its chars'
   * places; in one with it, a character with its marks, every char comes from the whole.
   */
  Composed compose(String text) {
    String composed = Composer.compose(text);
    if (composed.equals(text)) {
      return new Composed(text, this);
    }
    int[] from = new int[composed.length()];
    int[] to = new int[composed.length()];
    int count = 0;
    int next;
    for (int at = 0; at < text.length(); at = next) {
      next = stretchEnd(text, at);
      String stretch = text.substring(at, next);
      String result = Composer.compose(stretch);
      if (!composed.startsWith(result, count)) { // more belongs together than is known here
        Arrays.fill(from, start(0));
        Arrays.fill(to, end(text.length()));
        break;
      }
      boolean same = result.equals(stretch);
      for (int i = 0; i < result.length(); i++) {
        from[count] = start(same ? at + i : at);
        to[count++] = end(same ? at + i + 1 : next);
      }
    }
    return new Composed(composed, new Alignment(0, from, to));
  }

  private static int stretchEnd(String text, int at) {
    int end = at + Character.charCount(text.codePointAt(at));
    while (end < text.length() && joins(text.codePointAt(end))) {
      end += Character.charCount(text.codePointAt(end));
    }
    return end;
  }

  /** Whether a character may compose with what is before it: marks, and vowels of Hangul. */
  private static boolean joins(int codePoint) {
    return (codePoint >= 0x1160 && codePoint <= 0x11ff) || Composer.isMark(codePoint);
  }
}

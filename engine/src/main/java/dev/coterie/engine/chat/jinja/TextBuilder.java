// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.util.Arrays;

/** Puts a {@link Text} together. Not thread-safe. */
public final class TextBuilder {
  private final StringBuilder value = new StringBuilder();
  private int[] said = new int[8];
  private int count;

  /** An empty text. */
  public TextBuilder() {}

  /**
   * Appends characters of which none was said.
   *
   * @param written the characters
   * @return this
   */
  public TextBuilder append(String written) {
    value.append(written);
    return this;
  }

  /**
   * Appends a text.
   *
   * @param text the text
   * @return this
   */
  public TextBuilder append(Text text) {
    return append(text, 0, text.value().length());
  }

  /** Appends characters that were said or not. */
  TextBuilder append(String characters, boolean saidToo) {
    if (saidToo && !characters.isEmpty()) {
      mark(value.length(), value.length() + characters.length());
    }
    value.append(characters);
    return this;
  }

  /** Appends a part of a text, in chars. */
  TextBuilder append(Text text, int from, int to) {
    if (from == to) {
      return this;
    }
    int shift = value.length() - from;
    int[] stretches = text.stretches();
    for (int i = text.firstEndingAfter(from); i < stretches.length && stretches[i] < to; i += 2) {
      mark(Math.max(from, stretches[i]) + shift, Math.min(to, stretches[i + 1]) + shift);
    }
    value.append(text.value(), from, to);
    return this;
  }

  private void mark(int from, int to) {
    if (count > 0 && said[count - 1] == from) {
      said[count - 1] = to;
      return;
    }
    if (count == said.length) {
      said = Arrays.copyOf(said, 2 * count);
    }
    said[count++] = from;
    said[count++] = to;
  }

  int length() {
    return value.length();
  }

  /**
   * The text so far.
   *
   * @return an immutable text
   */
  public Text build() {
    return Text.of(value.toString(), Arrays.copyOf(said, count));
  }
}

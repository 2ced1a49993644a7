// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

/**
 * A string that knows which of its characters were said: come from messages, tools or other input,
 * and not from a template. Immutable; equal to another by its characters alone.
 */
public final class Text {
  private static final int[] NOTHING = {};

  /** The empty text. */
  public static final Text EMPTY = Text.written("");

  private final String value;

  /** What was said: beginnings and ends of stretches, ascending, in chars. */
  private final int[] said;

  private final boolean markup;

  /** Counted when first asked for; until then −1. */
  private int length = -1;

  private Text(String value, int[] said, boolean markup) {
    this.value = value;
    this.said = said;
    this.markup = markup;
  }

  static Text of(String value, int[] said) {
    return new Text(value, said, false);
  }

  /**
   * A text of which nothing was said.
   *
   * @param value the characters
   * @return the text
   */
  public static Text written(String value) {
    return new Text(value, NOTHING, false);
  }

  /**
   * A text that was said.
   *
   * @param value the characters
   * @return the text
   */
  public static Text said(String value) {
    return new Text(value, value.isEmpty() ? NOTHING : new int[] {0, value.length()}, false);
  }

  /** Other characters for this text, all said if any of this was. */
  Text with(String other) {
    return said.length == 0 ? written(other) : said(other);
  }

  /**
   * The characters.
   *
   * @return the string
   */
  public String value() {
    return value;
  }

  /** The stretches that were said; not to be changed. */
  int[] stretches() {
    return said;
  }

  /**
   * Whether a stretch has any character that was said.
   *
   * @param from its beginning, in chars
   * @param to its end
   * @return whether it has
   */
  public boolean isSaid(int from, int to) {
    int next = firstEndingAfter(from);
    return next < said.length && said[next] < to;
  }

  /** The index of the first stretch that ends after a place. */
  int firstEndingAfter(int at) {
    int low = 0;
    int high = said.length / 2;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (said[2 * middle + 1] <= at) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return 2 * low;
  }

  /**
   * Up to where nothing was said.
   *
   * @param at a place, in chars
   * @return the end of what was written from there on; the place itself if it was said
   */
  public int writtenUntil(int at) {
    int next = firstEndingAfter(at);
    return next == said.length ? value.length() : Math.max(at, said[next]);
  }

  /** A part, in chars. */
  Text part(int from, int to) {
    if (from == 0 && to == value.length()) {
      return this;
    }
    return new TextBuilder().append(this, from, to).build();
  }

  /** Whether this is markup, to which Python's {@code +} adds other text escaped. */
  boolean isMarkup() {
    return markup;
  }

  Text asMarkup() {
    return new Text(value, said, true);
  }

  boolean isEmpty() {
    return value.isEmpty();
  }

  /** The number of characters as Python counts them. */
  int length() {
    if (length < 0) {
      length = value.codePointCount(0, value.length());
    }
    return length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Text text && value.equals(text.value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return value;
  }
}

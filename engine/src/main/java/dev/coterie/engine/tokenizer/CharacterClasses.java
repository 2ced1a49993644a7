// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

/** Which of the classes that pre-tokenizers tell apart each character belongs to, as bits. */
final class CharacterClasses {
  /** {@code \p{L}}. */
  static final int LETTER = 1;

  /** {@code \p{N}}. */
  static final int NUMBER = 1 << 1;

  /** {@code \p{M}}. */
  static final int MARK = 1 << 2;

  /** {@code \p{P}}. */
  static final int PUNCTUATION = 1 << 3;

  /** {@code \p{S}}. */
  static final int SYMBOL = 1 << 4;

  /** {@code \s}, that is, White_Space. */
  static final int SPACE = 1 << 5;

  /** {@code [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]}. */
  static final int UPPER = 1 << 6;

  /** {@code [\p{Ll}\p{Lm}\p{Lo}\p{M}]}. */
  static final int LOWER = 1 << 7;

  private static final byte[] BASIC = new byte[1 << 16]; // surrogates have no class

  static {
    for (int c = 0; c < BASIC.length; c++) {
      BASIC[c] = (byte) compute(c);
    }
  }

  private CharacterClasses() {}

  /** The classes of the character at a place of well-formed UTF-16. */
  static int at(char[] text, int at) {
    char c = text[at];
    return Character.isHighSurrogate(c)
        ? compute(Character.toCodePoint(c, text[at + 1]))
        : BASIC[c];
  }

  /** Where a run of characters of some of the classes ends; {@code from} if there is none. */
  static int runEnd(char[] text, int from, int to, int classes) {
    int at = from;
    while (at < to) {
      char c = text[at];
      if ((BASIC[c] & classes) != 0) {
        at++;
      } else if (Character.isHighSurrogate(c) && (at(text, at) & classes) != 0) {
        at += 2;
      } else {
        break;
      }
    }
    return at;
  }

  /** Where a run of characters of none of the classes ends; {@code from} if there is none. */
  static int otherEnd(char[] text, int from, int to, int classes) {
    int at = from;
    while (at < to) {
      char c = text[at];
      if ((BASIC[c] & classes) != 0) {
        break;
      } else if (!Character.isHighSurrogate(c)) {
        at++;
      } else if ((at(text, at) & classes) == 0) {
        at += 2;
      } else {
        break;
      }
    }
    return at;
  }

  private static int compute(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.UPPERCASE_LETTER, Character.TITLECASE_LETTER -> LETTER | UPPER;
      case Character.LOWERCASE_LETTER -> LETTER | LOWER;
      case Character.MODIFIER_LETTER, Character.OTHER_LETTER -> LETTER | UPPER | LOWER;
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK ->
          MARK | UPPER | LOWER;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          NUMBER;
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          PUNCTUATION;
      case Character.MATH_SYMBOL,
          Character.CURRENCY_SYMBOL,
          Character.MODIFIER_SYMBOL,
          Character.OTHER_SYMBOL ->
          SYMBOL;
      case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
          SPACE;
      default -> (codePoint >= '\t' && codePoint <= '\r') || codePoint == 0x85 ? SPACE : 0;
    };
  }
}

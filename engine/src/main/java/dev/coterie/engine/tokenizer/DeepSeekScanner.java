// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

/** {@link PreTokenizers#DEEPSEEK_V3}. */
final class DeepSeekScanner extends Scanner {
  private static final int WORD = CharacterClasses.LETTER | CharacterClasses.MARK;
  private static final int SYMBOLS = CharacterClasses.PUNCTUATION | CharacterClasses.SYMBOL;

  @Override
  int match(char[] text, int at, int to) {
    char first = text[at];
    if (isAsciiSymbol(first)) {
      int end = at + 1;
      while (end < to && isAsciiLetter(text[end])) {
        end++;
      }
      if (end > at + 1) {
        return end;
      }
    }
    int classes = CharacterClasses.at(text, at);
    if ((classes & WORD) != 0) {
      return CharacterClasses.runEnd(text, at, to, WORD);
    }
    if (!isLineBreak(first) && (classes & SYMBOLS) == 0) {
      int from = next(text, at);
      int end = CharacterClasses.runEnd(text, from, to, WORD);
      if (end > from) {
        return end;
      }
    }
    int from = first == ' ' ? at + 1 : at;
    int end = CharacterClasses.runEnd(text, from, to, SYMBOLS);
    return end > from ? lineBreaks(text, end, to) : lines(text, at, to);
  }

  private static boolean isAsciiLetter(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
  }

  private static boolean isAsciiSymbol(char c) {
    return c > ' ' && c < 0x7f && !isAsciiLetter(c) && !(c >= '0' && c <= '9');
  }
}

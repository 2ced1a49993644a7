// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

/**
 * The patterns of Llama 3 and Qwen: contractions, words with the character before them, numbers,
 * symbols with line breaks after them, and white space. Immutable.
 */
final class WordScanner extends Scanner {
  private final int word;
  private final int others;
  private final int mostDigits;

  /**
   * A scanner.
   *
   * @param word the classes that make up words
   * @param mostDigits the most digits of a number
   */
  WordScanner(int word, int mostDigits) {
    this.word = word;
    this.mostDigits = mostDigits;
    others = word | CharacterClasses.SPACE | CharacterClasses.NUMBER;
  }

  @Override
  int match(char[] text, int at, int to) {
    char first = text[at];
    if (first == '\'') {
      int end = contraction(text, at, to);
      if (end != NONE) {
        return end;
      }
    }
    int classes = CharacterClasses.at(text, at);
    if ((classes & word) != 0) {
      return CharacterClasses.runEnd(text, at, to, word);
    }
    if ((classes & CharacterClasses.NUMBER) != 0) {
      int end = next(text, at);
      for (int i = 1; i < mostDigits && end < to; i++) {
        if ((CharacterClasses.at(text, end) & CharacterClasses.NUMBER) == 0) {
          break;
        }
        end = next(text, end);
      }
      return end;
    }
    if (!isLineBreak(first)) {
      int from = next(text, at);
      int end = CharacterClasses.runEnd(text, from, to, word);
      if (end > from) {
        return end;
      }
    }
    int from = first == ' ' ? at + 1 : at;
    int end = CharacterClasses.otherEnd(text, from, to, others);
    return end > from ? lineBreaks(text, end, to) : lines(text, at, to);
  }
}

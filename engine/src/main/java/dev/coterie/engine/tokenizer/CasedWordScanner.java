// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

/** {@link PreTokenizers#LLAMA4}: words end where capitals follow small letters. */
final class CasedWordScanner extends Scanner {
  private static final int LETTER_OR_NUMBER = CharacterClasses.LETTER | CharacterClasses.NUMBER;
  private static final int OTHER_THAN = LETTER_OR_NUMBER | CharacterClasses.SPACE;

  @Override
  int match(char[] text, int at, int to) {
    char first = text[at];
    int classes = CharacterClasses.at(text, at);
    boolean prefix = !isLineBreak(first) && (classes & LETTER_OR_NUMBER) == 0;
    int next = next(text, at);
    int end = prefix ? withSmall(text, next, to) : NONE;
    if (end == NONE) {
      end = withSmall(text, at, to);
    }
    if (end == NONE && prefix) {
      end = withCapitals(text, next, to);
    }
    if (end == NONE) {
      end = withCapitals(text, at, to);
    }
    if (end != NONE) {
      int contraction = contraction(text, end, to);
      return contraction == NONE ? end : contraction;
    }
    if ((classes & CharacterClasses.NUMBER) != 0) {
      end = next;
      for (int i = 1; i < 3 && end < to; i++) {
        if ((CharacterClasses.at(text, end) & CharacterClasses.NUMBER) == 0) {
          break;
        }
        end = next(text, end);
      }
      return end;
    }
    int from = first == ' ' ? at + 1 : at;
    end = CharacterClasses.otherEnd(text, from, to, OTHER_THAN);
    if (end == from) {
      return lines(text, at, to);
    }
    while (end < to && (isLineBreak(text[end]) || text[end] == '/')) {
      end++;
    }
    return end;
  }

  /** Capitals, if any, and at least one small letter; letters without case are both. */
  private static int withSmall(char[] text, int from, int to) {
    int end = CharacterClasses.runEnd(text, from, to, CharacterClasses.UPPER);
    int small = CharacterClasses.runEnd(text, end, to, CharacterClasses.LOWER);
    if (small > end) {
      return small;
    }
    while (end > from) { // the last of the capitals that is a small letter too
      int before = end - 1;
      if (Character.isLowSurrogate(text[before])) {
        before--;
      }
      if ((CharacterClasses.at(text, before) & CharacterClasses.LOWER) != 0) {
        return end;
      }
      end = before;
    }
    return NONE;
  }

  private static int withCapitals(char[] text, int from, int to) {
    int end = CharacterClasses.runEnd(text, from, to, CharacterClasses.UPPER);
    return end > from ? CharacterClasses.runEnd(text, end, to, CharacterClasses.LOWER) : NONE;
  }
}

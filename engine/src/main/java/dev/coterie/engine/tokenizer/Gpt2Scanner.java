// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

/** {@link PreTokenizers#GPT2}. */
final class Gpt2Scanner extends Scanner {
  private static final int OTHER_THAN =
      CharacterClasses.SPACE | CharacterClasses.LETTER | CharacterClasses.NUMBER;

  @Override
  int match(char[] text, int at, int to) {
    if (text[at] == '\'') {
      int end = contraction(text, at, to);
      if (end != NONE && isLower(text, at, end)) {
        return end;
      }
    }
    int from = text[at] == ' ' && at + 1 < to ? at + 1 : at;
    int classes = CharacterClasses.at(text, from) & OTHER_THAN;
    return switch (classes) {
      case CharacterClasses.LETTER, CharacterClasses.NUMBER ->
          CharacterClasses.runEnd(text, from, to, classes);
      case 0 -> CharacterClasses.otherEnd(text, from, to, OTHER_THAN);
      default -> spaces(text, at, to);
    };
  }

  private static boolean isLower(char[] text, int at, int end) {
    for (int i = at + 1; i < end; i++) {
      if (text[i] < 'a' || text[i] > 'z') {
        return false;
      }
    }
    return true;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.util.Arrays;

/**
 * The tokens of a model by id and by text. Immutable.
 *
 * <p>The table by text holds ids in open addressing under {@link String#hashCode}, so that a part
 * of a text can be looked up without copying it.
 */
final class Vocabulary {
  /** What the look-ups answer for a text that is no token. */
  static final int ABSENT = -1;

  /** The longest token that is accepted, in chars; real vocabularies stay below 1,000. */
  static final int MAX_TOKEN_LENGTH = 4096;

  private final String[] tokens;
  private final TokenType[] types;
  private final int[] slots;

  /**
   * Indexes tokens.
   *
   * @param tokens the text of each id, as the file has it; kept
   * @param types the type of each id; kept
   * @param key what the source calls the tokens
   * @param faults makes the error for an empty list, a token that is too long or a duplicate
   */
  Vocabulary(String[] tokens, TokenType[] types, String key, FaultReporter faults) {
    if (tokens.length == 0) {
      throw faults.fault(key, "expected at least one token, found none");
    }
    this.tokens = tokens;
    this.types = types;
    slots = new int[Integer.highestOneBit(tokens.length) << 2];
    Arrays.fill(slots, ABSENT);
    int mask = slots.length - 1;
    for (int id = 0; id < tokens.length; id++) {
      String token = tokens[id];
      if (token.length() > MAX_TOKEN_LENGTH) {
        throw faults.fault(
            key,
            "token "
                + id
                + ": expected at most "
                + MAX_TOKEN_LENGTH
                + " chars, found "
                + token.length());
      }
      int slot = spread(token.hashCode()) & mask;
      while (slots[slot] != ABSENT) {
        if (tokens[slots[slot]].equals(token)) {
          throw faults.fault(
              key, "token " + id + " is the same as token " + slots[slot] + ": '" + token + "'");
        }
        slot = (slot + 1) & mask;
      }
      slots[slot] = id;
    }
  }

  int size() {
    return tokens.length;
  }

  String token(int id) {
    return tokens[id];
  }

  TokenType type(int id) {
    return types[id];
  }

  /** The id of a token. */
  int find(String text) {
    return find(text, 0, text.length());
  }

  /** The id of the token that a part of a text is. */
  int find(String text, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + text.charAt(i);
    }
    return find(text, from, to, hash);
  }

  /** The id of the token that a part of a text is, given the part's {@link String#hashCode}. */
  int find(String text, int from, int to, int hash) {
    int length = to - from;
    int mask = slots.length - 1;
    for (int slot = spread(hash) & mask; slots[slot] != ABSENT; slot = (slot + 1) & mask) {
      String token = tokens[slots[slot]];
      if (token.length() == length && token.regionMatches(0, text, from, length)) {
        return slots[slot];
      }
    }
    return ABSENT;
  }

  /** The id of the token whose text is that of two tokens put together. */
  int findJoined(int left, int right) {
    String first = tokens[left];
    String second = tokens[right];
    int hash = first.hashCode();
    for (int i = 0; i < second.length(); i++) {
      hash = 31 * hash + second.charAt(i);
    }
    int length = first.length() + second.length();
    int mask = slots.length - 1;
    for (int slot = spread(hash) & mask; slots[slot] != ABSENT; slot = (slot + 1) & mask) {
      String token = tokens[slots[slot]];
      if (token.length() == length && token.startsWith(first) && token.endsWith(second)) {
        return slots[slot];
      }
    }
    return ABSENT;
  }

  private static int spread(int hash) {
    int mixed = hash * 0x9E3779B9;
    return mixed ^ (mixed >>> 16);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

/** What a token is for, with the codes of {@code tokenizer.ggml.token_type}. */
enum TokenType {
  NORMAL,
  UNKNOWN,
  CONTROL,
  USER_DEFINED,
  UNUSED,
  BYTE;

  private static final TokenType[] TYPES = values();

  /** The number of codes, which run from 1. */
  static final int COUNT = TYPES.length;

  static TokenType ofCode(int code) {
    return TYPES[code - 1];
  }

  /** Whether decoded text leaves the token out unless asked. */
  boolean isSpecial() {
    return this == CONTROL || this == UNKNOWN;
  }

  /** Whether the token's name in a text is cut out before the text is tokenized. */
  boolean isAdded() {
    return this == CONTROL || this == USER_DEFINED || this == UNKNOWN;
  }
}

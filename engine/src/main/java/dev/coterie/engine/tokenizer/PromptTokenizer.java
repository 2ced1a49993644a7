// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import dev.coterie.Tokenizer;

/** A tokenizer that reads names of control and added tokens in some stretches of a text alone. */
public interface PromptTokenizer extends Tokenizer {
  /** Where names count as tokens. */
  @FunctionalInterface
  interface Names {
    /**
     * The end of the stretch in which names count.
     *
     * @param at a place in the text, in chars
     * @return up to where a name that begins there may go; the place itself or less if none may
     *     begin there
     */
    int until(int at);
  }

  /**
   * Encodes text. Whatever lies between names that count is one stretch, as if all of it came from
   * one source.
   *
   * @param text the text
   * @param names where names count
   * @return the ids; no beginning-of-sequence token is added
   */
  int[] encode(String text, Names names);
}

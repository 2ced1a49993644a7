// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

/** One step of a pre-tokenizer. Immutable. */
interface Splitter {
  /**
   * Cuts pieces into finer ones: what matches and what lies between both become pieces.
   *
   * @param text well-formed UTF-16
   * @param pieces where each piece ends, in order
   * @param finer gets the ends of the finer pieces
   */
  void split(char[] text, IntList pieces, IntList finer);
}

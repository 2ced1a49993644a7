// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.util.List;

/**
 * Cuts text into the pieces within which tokens may merge. Each pattern cuts the pieces that the
 * one before it left; what matches and what lies between both become pieces. Immutable.
 */
final class PreTokenizer {
  private final List<String> patterns;
  private final Splitter[] splitters;

  /**
   * A pre-tokenizer.
   *
   * @param patterns regular expressions of {@link PreTokenizers}, in order
   */
  PreTokenizer(List<String> patterns) {
    this.patterns = List.copyOf(patterns);
    splitters = patterns.stream().map(PreTokenizers::splitter).toArray(Splitter[]::new);
  }

  List<String> patterns() {
    return patterns;
  }

  /**
   * Cuts a text.
   *
   * @param text well-formed UTF-16
   * @return where each piece ends, in order; together they cover the text
   */
  IntList split(char[] text) {
    IntList ends = new IntList(text.length / 4);
    if (text.length > 0) {
      ends.add(text.length);
    }
    IntList spare = new IntList(text.length / 4);
    for (Splitter splitter : splitters) {
      spare.clear();
      splitter.split(text, ends, spare);
      IntList finer = spare;
      spare = ends;
      ends = finer;
    }
    return ends;
  }
}

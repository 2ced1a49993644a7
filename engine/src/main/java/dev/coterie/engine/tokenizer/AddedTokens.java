// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.util.BitSet;

/** The tokens whose names are cut out of a text before it is tokenized, as a trie. Immutable. */
final class AddedTokens {
  /** What {@link #matchAt} answers where no name begins. */
  static final long NONE = -1;

  private final LongMap edges;
  private final IntList ids;
  private final BitSet firsts;

  private AddedTokens(LongMap edges, IntList ids, BitSet firsts) {
    this.edges = edges;
    this.ids = ids;
    this.firsts = firsts;
  }

  /**
   * Builds the trie.
   *
   * @param tokens the ids of the tokens
   */
  static AddedTokens of(int[] tokens, Vocabulary vocabulary) {
    LongMap edges = new LongMap(16 * tokens.length);
    IntList ids = new IntList(16 * tokens.length);
    ids.add(Vocabulary.ABSENT);
    BitSet firsts = new BitSet();
    for (int id : tokens) {
      String name = vocabulary.token(id);
      if (!name.isEmpty()) {
        firsts.set(name.charAt(0));
      }
      int node = 0;
      for (int i = 0; i < name.length(); i++) {
        boolean last = i == name.length() - 1;
        int child = (int) edges.get(edge(node, name.charAt(i)));
        if (child < 0) {
          child = ids.size();
          edges.putIfAbsent(edge(node, name.charAt(i)), child);
          ids.add(last ? id : Vocabulary.ABSENT);
        } else if (last) {
          ids.set(child, id);
        }
        node = child;
      }
    }
    return new AddedTokens(edges, ids, firsts);
  }

  boolean isEmpty() {
    return ids.size() == 1;
  }

  /** The next place, from one on, where a name may begin; the text's length if there is none. */
  int next(String text, int from) {
    int at = from;
    while (at < text.length() && !firsts.get(text.charAt(at))) {
      at++;
    }
    return at;
  }

  /**
   * The longest name that begins at a place and ends before another.
   *
   * @return its length in the upper 32 bits and the token in the lower, or NONE
   */
  long matchAt(String text, int at, int end) {
    long match = NONE;
    int node = 0;
    for (int i = at; i < end; i++) {
      node = (int) edges.get(edge(node, text.charAt(i)));
      if (node < 0) {
        break;
      }
      if (ids.get(node) != Vocabulary.ABSENT) {
        match = (long) (i + 1 - at) << 32 | ids.get(node);
      }
    }
    return match;
  }

  private static long edge(int node, char character) {
    return (long) node << 16 | character;
  }
}

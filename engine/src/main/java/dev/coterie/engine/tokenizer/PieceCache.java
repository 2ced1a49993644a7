// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of pieces that were merged before, in a table of fixed size in which a new piece takes
 * the place of another with the same slot. Entries are immutable and replaced without locks; two
 * threads that race at worst merge a piece twice.
 */
final class PieceCache {
  /** The longest piece that is kept, in chars. */
  static final int MAX_LENGTH = 32;

  private static final int SIZE = 1 << 15;

  private final @Nullable Piece[] pieces = new @Nullable Piece[SIZE];

  private record Piece(char[] text, int[] ids) {}

  /** The tokens of a part of a text if they are known; not to be changed. */
  int @Nullable [] find(char[] text, int from, int to) {
    Piece piece = pieces[slot(text, from, to)];
    return piece != null && Arrays.equals(piece.text, 0, piece.text.length, text, from, to)
        ? piece.ids
        : null;
  }

  /** Keeps the tokens of a part of a text; takes the array over. */
  void put(char[] text, int from, int to, int[] ids) {
    pieces[slot(text, from, to)] = new Piece(Arrays.copyOfRange(text, from, to), ids);
  }

  private static int slot(char[] text, int from, int to) {
    int hash = to - from;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + text[i];
    }
    hash *= 0x9E3779B9;
    return hash >>> 32 - Integer.numberOfTrailingZeros(SIZE);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Byte-level BPE: text is cut into pieces, each piece's UTF-8 bytes are tokens, and these merge.
 *
 * <p>Pieces that were encoded before are remembered in a table of fixed size. Its entries are
 * immutable and replaced without locks; two threads that race at worst encode a piece twice.
 */
final class ByteLevelTokenizer extends VocabularyTokenizer {
  private static final int CACHE_SIZE = 1 << 13;
  private static final int MAX_CACHED_LENGTH = 32;

  private final MergeTable merges;
  private final PreTokenizer preTokenizer;
  private final boolean ignoreMerges;
  private final boolean normalizing;
  private final int[] byteTokens;
  private final @Nullable Piece[] cache = new @Nullable Piece[CACHE_SIZE];

  private record Piece(String text, int[] ids) {}

  /**
   * How text is cut and merged.
   *
   * @param preTokenizer cuts text into pieces
   * @param merges what merges within a piece
   * @param ignoreMerges whether a piece that is a token is that token, merges or not
   * @param normalizing whether text is brought into Unicode's form C first
   */
  record Rules(
      PreTokenizer preTokenizer, MergeTable merges, boolean ignoreMerges, boolean normalizing) {}

  ByteLevelTokenizer(Vocabulary vocabulary, Added added, Boundaries boundaries, Rules rules) {
    super(vocabulary, added, boundaries);
    merges = rules.merges();
    preTokenizer = rules.preTokenizer();
    ignoreMerges = rules.ignoreMerges();
    normalizing = rules.normalizing();
    byteTokens = new int[256];
    for (int b = 0; b < 256; b++) {
      byteTokens[b] = vocabulary.find(String.valueOf(ByteAlphabet.character(b)));
    }
  }

  @Override
  boolean isNormalizing() {
    return normalizing;
  }

  @Override
  Encoding newEncoding() {
    BytePairMerger merger = new BytePairMerger(merges);
    return (text, ids) -> {
      IntList ends = preTokenizer.split(text);
      int from = 0;
      for (int i = 0; i < ends.size(); i++) {
        int to = ends.get(i);
        encodePiece(text, from, to, merger, ids);
        from = to;
      }
    };
  }

  private void encodePiece(String text, int from, int to, BytePairMerger merger, IntList ids) {
    int length = to - from;
    if (length > MAX_CACHED_LENGTH) {
      int[] piece = new int[Math.multiplyExact(3, length)];
      ids.addAll(piece, encode(text.substring(from, to), piece, merger));
      return;
    }
    int hash = length;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + text.charAt(i);
    }
    int slot = (hash ^ hash >>> 13) & CACHE_SIZE - 1;
    Piece known = cache[slot];
    if (known == null || known.text.length() != length || !text.startsWith(known.text, from)) {
      String piece = text.substring(from, to);
      int[] buffer = new int[3 * length];
      int count = encode(piece, buffer, merger);
      known = new Piece(piece, Arrays.copyOf(buffer, count));
      cache[slot] = known;
    }
    ids.addAll(known.ids, known.ids.length);
  }

  private int encode(String piece, int[] ids, BytePairMerger merger) {
    byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
    if (ignoreMerges && bytes.length <= Vocabulary.MAX_TOKEN_LENGTH) {
      char[] characters = new char[bytes.length];
      for (int i = 0; i < bytes.length; i++) {
        characters[i] = ByteAlphabet.character(bytes[i] & 0xff);
      }
      int id = vocabulary.find(new String(characters));
      if (id != Vocabulary.ABSENT && vocabulary.type(id) == TokenType.NORMAL) {
        ids[0] = id;
        return 1;
      }
    }
    int count = 0;
    for (byte b : bytes) {
      int id = byteTokens[b & 0xff];
      // A byte that the vocabulary lacks is left out, as the reference implementations do.
      if (id != Vocabulary.ABSENT) {
        ids[count++] = id;
      }
    }
    return merger.merge(ids, count);
  }

  @Override
  public byte[] bytes(int id) {
    String token = vocabulary.token(check(id));
    if (vocabulary.type(id) == TokenType.NORMAL) {
      byte[] bytes = new byte[token.length()];
      for (int i = 0; i < bytes.length; i++) {
        int b = ByteAlphabet.byteOf(token.charAt(i));
        if (b < 0) {
          return token.getBytes(StandardCharsets.UTF_8);
        }
        bytes[i] = (byte) b;
      }
      return bytes;
    }
    return token.getBytes(StandardCharsets.UTF_8);
  }
}

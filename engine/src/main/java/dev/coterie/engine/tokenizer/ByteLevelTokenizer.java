// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Byte-level BPE: text is cut into pieces, each piece's UTF-8 bytes are tokens, and these merge.
 * Immutable but for what it remembers of pieces.
 */
final class ByteLevelTokenizer extends VocabularyTokenizer {
  private final MergeTable merges;
  private final PreTokenizer preTokenizer;
  private final boolean ignoreMerges;
  private final boolean normalizing;
  private final int[] byteTokens;
  private final PieceCache cache = new PieceCache();

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
  Encoder newEncoder() {
    BytePairMerger merger = new BytePairMerger(merges);
    return (text, ids) -> {
      char[] chars = text.toCharArray();
      IntList ends = preTokenizer.split(chars);
      int from = 0;
      for (int i = 0; i < ends.size(); i++) {
        int to = ends.get(i);
        encodePiece(chars, from, to, merger, ids);
        from = to;
      }
    };
  }

  private void encodePiece(char[] text, int from, int to, BytePairMerger merger, IntList ids) {
    int length = to - from;
    if (length > PieceCache.MAX_LENGTH) {
      int[] piece = new int[Math.multiplyExact(3, length)];
      ids.addAll(piece, encode(new String(text, from, length), piece, merger));
      return;
    }
    int[] known = cache.find(text, from, to);
    if (known == null) {
      int[] buffer = new int[3 * length];
      int count = encode(new String(text, from, length), buffer, merger);
      known = Arrays.copyOf(buffer, count);
      cache.put(text, from, to, known);
    }
    ids.addAll(known, known.length);
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
  void align(String text, IntList ids, int from, Alignment alignment, Offsets offsets) {
    int at = 0; // the character that the next byte belongs to
    int end = 0;
    byte[] character = {};
    int used = 0;
    for (int i = from; i < ids.size(); i++) {
      int start = -1;
      for (byte b : bytes(ids.get(i))) {
        do {
          if (used == character.length) {
            at = end;
            end += Character.charCount(text.codePointAt(at));
            character = text.substring(at, end).getBytes(StandardCharsets.UTF_8);
            used = 0;
          }
        } while (character[used++] != b); // bytes without a token were left out
        start = start < 0 ? at : start;
      }
      offsets.add(alignment.start(start), alignment.end(end));
    }
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

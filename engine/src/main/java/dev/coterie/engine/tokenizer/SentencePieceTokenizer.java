// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * SentencePiece-style BPE: spaces are written ▁, one is put before the text, its characters are
 * tokens and these merge. A character without a token becomes the tokens of its UTF-8 bytes, or
 * failing that the unknown token. Immutable but for what it remembers of words.
 */
final class SentencePieceTokenizer extends VocabularyTokenizer {
  private static final char SPACE = '\u2581';

  private final MergeTable merges;
  private final int[] byteTokens;
  private final int unknown;
  private final boolean prefixed;
  private final boolean stripped;
  private final boolean wordwise;
  private final PieceCache cache = new PieceCache();

  /**
   * How text is merged.
   *
   * @param merges what merges
   * @param byteTokens the token of each byte, or empty where there are none
   * @param unknown the token for what has no other, or {@link Vocabulary#ABSENT}
   * @param prefixed whether a space is put before each stretch of text
   * @param stripped whether decoding drops one space from the beginning
   */
  record Rules(
      MergeTable merges, int[] byteTokens, int unknown, boolean prefixed, boolean stripped) {}

  SentencePieceTokenizer(Vocabulary vocabulary, Added added, Boundaries boundaries, Rules rules) {
    super(vocabulary, added, boundaries);
    merges = rules.merges();
    byteTokens = rules.byteTokens();
    unknown = rules.unknown();
    prefixed = rules.prefixed();
    stripped = rules.stripped();
    wordwise = isWordwise();
  }

  @Override
  boolean isStrippingLeadingSpace() {
    return stripped;
  }

  @Override
  Utf8Decoder newUtf8Decoder() {
    return new Utf8Decoder(true);
  }

  @Override
  Encoder newEncoder() {
    BytePairMerger merger = new BytePairMerger(merges);
    return (text, ids) -> {
      char[] marked = mark(text);
      int from = 0;
      while (from < marked.length) {
        int to = wordwise ? wordEnd(marked, from) : marked.length;
        encodePiece(marked, from, to, merger, ids);
        from = to;
      }
    };
  }

  private char[] mark(String text) {
    int shift = prefixed ? 1 : 0;
    char[] marked = new char[shift + text.length()];
    text.getChars(0, text.length(), marked, shift);
    if (prefixed) {
      marked[0] = SPACE;
    }
    for (int i = 0; i < marked.length; i++) {
      if (marked[i] == ' ') {
        marked[i] = SPACE;
      }
    }
    return marked;
  }

  /** Where the next space begins after something else. */
  private static int wordEnd(char[] text, int from) {
    int at = from;
    while (at < text.length && text[at] == SPACE) {
      at++;
    }
    while (at < text.length && text[at] != SPACE) {
      at++;
    }
    return at;
  }

  private void encodePiece(char[] text, int from, int to, BytePairMerger merger, IntList ids) {
    boolean brief = to - from <= PieceCache.MAX_LENGTH;
    int[] known = brief ? cache.find(text, from, to) : null;
    if (known != null) {
      ids.addAll(known, known.length);
      return;
    }
    int[] pieces = new int[Math.multiplyExact(3, to - from)];
    int count = merger.merge(pieces, split(new String(text, from, to - from), pieces));
    ids.addAll(pieces, count);
    if (brief) {
      cache.put(text, from, to, Arrays.copyOf(pieces, count));
    }
  }

  /** Whether no token goes on into a space after something else, so that words merge alone. */
  private boolean isWordwise() {
    for (int id = 0; id < vocabulary.size(); id++) {
      TokenType type = vocabulary.type(id);
      String token = vocabulary.token(id);
      if ((type == TokenType.NORMAL || type == TokenType.USER_DEFINED)
          && wordEnd(token.toCharArray(), 0) < token.length()) {
        return false;
      }
    }
    return byteTokens.length > 0; // runs of unknown characters become one token
  }

  private int split(String text, int[] ids) {
    int count = 0;
    int length;
    for (int at = 0; at < text.length(); at += length) {
      length = Character.charCount(text.codePointAt(at));
      int id = vocabulary.find(text, at, at + length);
      if (isPiece(id)) {
        ids[count++] = id;
      } else if (byteTokens.length > 0) {
        for (byte b : text.substring(at, at + length).getBytes(StandardCharsets.UTF_8)) {
          ids[count++] = byteTokens[b & 0xff];
        }
      } else if (unknown != Vocabulary.ABSENT && (count == 0 || ids[count - 1] != unknown)) {
        ids[count++] = unknown;
      }
    }
    return count;
  }

  @Override
  void align(String text, IntList ids, int from, Alignment alignment, Offsets offsets) {
    String marked = new String(mark(text));
    int shift = prefixed ? 1 : 0;
    int at = 0;
    int bytesLeft = 0; // of the character before
    for (int i = from; i < ids.size(); i++) {
      int id = ids.get(i);
      int start = at;
      switch (vocabulary.type(id)) {
        case BYTE -> {
          if (bytesLeft == 0) {
            int codePoint = marked.codePointAt(at);
            at += Character.charCount(codePoint);
            bytesLeft = Utf8Decoder.length(codePoint);
          } else {
            start -= Character.charCount(marked.codePointBefore(at));
          }
          bytesLeft--;
        }
        case UNKNOWN -> at = unknownEnd(marked, at);
        default -> at += vocabulary.token(id).length();
      }
      offsets.add(
          alignment.start(Math.max(0, start - shift)), alignment.end(Math.max(0, at - shift)));
    }
  }

  private int unknownEnd(String text, int from) {
    int at = from;
    while (at < text.length()) {
      int length = Character.charCount(text.codePointAt(at));
      if (isPiece(vocabulary.find(text, at, at + length))) {
        break;
      }
      at += length;
    }
    return at;
  }

  private boolean isPiece(int id) {
    return id != Vocabulary.ABSENT && !vocabulary.type(id).isSpecial();
  }

  @Override
  public byte[] bytes(int id) {
    String token = vocabulary.token(check(id));
    return switch (vocabulary.type(id)) {
      case BYTE -> new byte[] {(byte) byteOf(token)};
      case NORMAL, USER_DEFINED -> token.replace(SPACE, ' ').getBytes(StandardCharsets.UTF_8);
      case UNKNOWN, CONTROL, UNUSED -> token.getBytes(StandardCharsets.UTF_8);
    };
  }

  /** The byte that a token named like {@code <0x0A>} stands for, or −1 if it is not so named. */
  static int byteOf(String token) {
    if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
      return -1;
    }
    int high = Character.digit(token.charAt(3), 16);
    int low = Character.digit(token.charAt(4), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  /** The tokens of the 256 bytes, or empty where one of them is missing. */
  static int[] byteTokens(Vocabulary vocabulary) {
    int[] tokens = new int[256];
    Arrays.fill(tokens, Vocabulary.ABSENT);
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.type(id) == TokenType.BYTE) {
        tokens[byteOf(vocabulary.token(id))] = id;
      }
    }
    for (int token : tokens) {
      if (token == Vocabulary.ABSENT) {
        return new int[0];
      }
    }
    return tokens;
  }
}

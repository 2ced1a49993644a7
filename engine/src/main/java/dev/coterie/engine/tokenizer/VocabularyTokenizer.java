// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.text.Normalizer;
import java.util.OptionalInt;
import java.util.Set;

/** What the tokenizers share: added tokens, control tokens and the way back to text. Immutable. */
abstract class VocabularyTokenizer implements PromptTokenizer {
  final Vocabulary vocabulary;
  private final Added added;
  private final OptionalInt beginningOfSequence;
  private final Set<Integer> endOfGeneration;

  /**
   * The tokens that are cut out of a text.
   *
   * @param raw those found in the text as it is
   * @param normalized those found in what lies between, once it is normalized
   */
  record Added(AddedTokens raw, AddedTokens normalized) {}

  /**
   * What begins and ends a sequence.
   *
   * @param beginning the token before a prompt, if any
   * @param ends the tokens that end an answer
   */
  record Boundaries(OptionalInt beginning, Set<Integer> ends) {}

  VocabularyTokenizer(Vocabulary vocabulary, Added added, Boundaries boundaries) {
    this.vocabulary = vocabulary;
    this.added = added;
    this.beginningOfSequence = boundaries.beginning();
    this.endOfGeneration = Set.copyOf(boundaries.ends());
  }

  /** One encoding: turns stretches of text without added tokens into ids. Not thread-safe. */
  interface Encoding {
    void encode(String text, IntList ids);
  }

  abstract Encoding newEncoding();

  /** Whether text is brought into Unicode's form C first. */
  boolean isNormalizing() {
    return false;
  }

  /** Whether decoding drops one space from the beginning of a text. */
  boolean isStrippingLeadingSpace() {
    return false;
  }

  /** A decoder that treats broken characters as this tokenizer does. */
  Utf8Decoder newUtf8Decoder() {
    return new Utf8Decoder(false);
  }

  @Override
  public final int[] encode(String text, boolean parseSpecial) {
    if (parseSpecial) {
      return encode(text, at -> text.length());
    }
    String clean = replaceLoneSurrogates(text);
    IntList ids = new IntList(clean.length() / 3);
    if (!clean.isEmpty()) {
      newEncoding().encode(normalize(clean), ids);
    }
    return ids.toArray();
  }

  @Override
  public final int[] encode(String text, Names names) {
    String clean = replaceLoneSurrogates(text);
    IntList ids = new IntList(clean.length() / 3);
    Encoding encoding = newEncoding();
    encode(
        clean,
        names,
        added.raw(),
        ids,
        (from, to) ->
            encodeNormalized(
                clean.substring(from, to), at -> names.until(from + at) - from, ids, encoding));
    return ids.toArray();
  }

  private void encodeNormalized(String text, Names names, IntList ids, Encoding encoding) {
    String normalized = normalize(text);
    encode(
        normalized,
        added.normalized().isEmpty() ? at -> at : normalized(text, normalized, names),
        added.normalized(),
        ids,
        (from, to) -> encoding.encode(normalized.substring(from, to), ids));
  }

  /** Where names count in normalized text: nowhere if stretches do not keep apart. */
  private Names normalized(String text, String normalized, Names names) {
    if (normalized.equals(text)) {
      return names;
    }
    int[] ends = new int[normalized.length()]; // [chars], up to where names count
    StringBuilder pieces = new StringBuilder();
    int to;
    for (int from = 0; from < text.length(); from = to) {
      int until = Math.min(names.until(from), text.length());
      for (to = Math.max(until, from + 1); until == from && to < text.length(); to++) {
        if (names.until(to) > to) {
          break;
        }
      }
      int begin = pieces.length();
      pieces.append(normalize(text.substring(from, to)));
      for (int i = begin; i < Math.min(pieces.length(), ends.length); i++) {
        ends[i] = until > from ? pieces.length() : i;
      }
    }
    return pieces.toString().equals(normalized) ? at -> ends[at] : at -> at;
  }

  private interface Rest {
    void encode(int from, int to);
  }

  private static void encode(String text, Names names, AddedTokens tokens, IntList ids, Rest rest) {
    int from = 0;
    if (!tokens.isEmpty()) {
      int at = 0;
      while (at < text.length()) {
        long match = tokens.matchAt(text, at, Math.min(names.until(at), text.length()));
        if (match == AddedTokens.NONE) {
          at++;
          continue;
        }
        if (at > from) {
          rest.encode(from, at);
        }
        ids.add((int) match);
        at += (int) (match >>> 32);
        from = at;
      }
    }
    if (from < text.length()) {
      rest.encode(from, text.length());
    }
  }

  private String normalize(String text) {
    return isNormalizing() ? Normalizer.normalize(text, Normalizer.Form.NFC) : text;
  }

  /** Puts U+FFFD for every half of a character, which has no UTF-8 form. */
  private static String replaceLoneSurrogates(String text) {
    StringBuilder copy = null;
    for (int i = 0; i < text.length(); i++) {
      if (!Character.isSurrogate(text.charAt(i))) {
        continue;
      }
      if (Character.isSupplementaryCodePoint(text.codePointAt(i))) {
        i++;
        continue;
      }
      if (copy == null) {
        copy = new StringBuilder(text);
      }
      copy.setCharAt(i, '\ufffd');
    }
    return copy == null ? text : copy.toString();
  }

  @Override
  public final String decode(int[] ids, boolean keepSpecial) {
    StreamingDecoder decoder = new StreamingDecoder(this, keepSpecial);
    StringBuilder text = new StringBuilder(4 * ids.length);
    for (int id : ids) {
      text.append(decoder.append(id));
    }
    return text.append(decoder.flush()).toString();
  }

  @Override
  public final boolean isSpecial(int id) {
    return vocabulary.type(check(id)).isSpecial();
  }

  @Override
  public final int vocabularySize() {
    return vocabulary.size();
  }

  @Override
  public final OptionalInt beginningOfSequence() {
    return beginningOfSequence;
  }

  @Override
  public final Set<Integer> endOfGeneration() {
    return endOfGeneration;
  }

  final int check(int id) {
    if (id < 0 || id >= vocabulary.size()) {
      throw new IllegalArgumentException(
          "token " + id + ": expected 0 to " + (vocabulary.size() - 1));
    }
    return id;
  }
}

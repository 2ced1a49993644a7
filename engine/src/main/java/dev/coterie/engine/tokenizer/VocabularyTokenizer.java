// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import dev.coterie.Encoding;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the tokenizers share: added tokens, control tokens and the way back to text. Immutable. */
abstract class VocabularyTokenizer implements PromptTokenizer {
  private static final char FIRST_COMBINING = '\u0300';

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

  /** Turns stretches of text without added tokens into ids. Not thread-safe. */
  interface Encoder {
    void encode(String text, IntList ids);
  }

  abstract Encoder newEncoder();

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

  /**
   * Finds where the tokens of a stretch come from.
   *
   * @param text a text that {@link Encoder} took
   * @param ids begins anew with its tokens at a place
   * @param from that place
   */
  abstract void align(String text, IntList ids, int from, Alignment alignment, Offsets offsets);

  @Override
  public final int[] encode(String text, boolean parseSpecial) {
    return new Run(text.length(), null, null).encode(text, parseSpecial);
  }

  @Override
  public final int[] encode(String text, Names names) {
    return new Run(text.length(), null, names).encode(text, true);
  }

  @Override
  public final Encoding encodeWithOffsets(String text, boolean parseSpecial) {
    Offsets offsets = new Offsets();
    int[] ids = new Run(text.length(), offsets, null).encode(text, parseSpecial);
    return new Encoding(ids, offsets.starts(), offsets.ends());
  }

  /** The encoding of one text. */
  private final class Run {
    private final IntList ids;
    private final @Nullable Offsets offsets;
    private final @Nullable Names names; // null where they count everywhere
    private final Encoder encoder = newEncoder();

    Run(int length, @Nullable Offsets offsets, @Nullable Names names) {
      ids = new IntList(length / 3);
      this.offsets = offsets;
      this.names = names;
    }

    int[] encode(String text, boolean parseSpecial) {
      String clean = replaceLoneSurrogates(text);
      if (parseSpecial) {
        cut(clean, Alignment.IDENTITY, added.raw(), this::normalizedPart);
      } else if (!clean.isEmpty()) {
        normalize(clean, Alignment.IDENTITY, this::part);
      }
      return ids.toArray();
    }

    private void normalizedPart(String text, Alignment alignment) {
      normalize(
          text, alignment, (normal, source) -> cut(normal, source, added.normalized(), this::part));
    }

    private void part(String text, Alignment alignment) {
      int from = ids.size();
      encoder.encode(text, ids);
      if (offsets != null) {
        align(text, ids, from, alignment, offsets);
      }
    }

    private void normalize(String text, Alignment alignment, Rest rest) {
      if (!isNormalizing() || isPlain(text)) {
        rest.encode(text, alignment);
      } else if (offsets == null && (names == null || added.normalized().isEmpty())) {
        rest.encode(Composer.compose(text), alignment);
      } else {
        Alignment.Composed composed = alignment.compose(text);
        rest.encode(composed.text(), composed.alignment());
      }
    }

    /** The longest name at a place that ends within the stretch where names count. */
    private long match(String text, Alignment alignment, int at, AddedTokens tokens) {
      long match = tokens.matchAt(text, at, text.length());
      if (match == AddedTokens.NONE || names == null) {
        return match;
      }
      int until = names.until(alignment.start(at));
      int end = at + (int) (match >>> 32);
      while (end > at && alignment.end(end) > until) {
        end--;
      }
      return tokens.matchAt(text, at, end);
    }

    /** Cuts added tokens out of a text. */
    private void cut(String text, Alignment alignment, AddedTokens tokens, Rest rest) {
      int from = 0;
      int at = tokens.isEmpty() ? text.length() : tokens.next(text, 0);
      while (at < text.length()) {
        long match = match(text, alignment, at, tokens);
        if (match == AddedTokens.NONE) {
          at = tokens.next(text, at + 1);
          continue;
        }
        if (at > from) {
          rest.encode(text.substring(from, at), alignment.from(from));
        }
        from = at + (int) (match >>> 32);
        ids.add((int) match);
        if (offsets != null) {
          offsets.add(alignment.start(at), alignment.end(from));
        }
        at = tokens.next(text, from);
      }
      if (from < text.length()) {
        rest.encode(text.substring(from), alignment.from(from));
      }
    }
  }

  private interface Rest {
    void encode(String part, Alignment alignment);
  }

  /** Whether a text has only characters that form C leaves alone, in every order. */
  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= FIRST_COMBINING) {
        return false;
      }
    }
    return true;
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

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import dev.coterie.Tokenizer;
import java.util.Objects;
import java.util.Set;

/**
 * Decodes the ids of one generation as they come. Characters are given out when they are complete;
 * what is given out in the end is what {@link Tokenizer#decode(int[])} makes of all the ids, except
 * for the leading space of {@link #after}. Not thread-safe.
 */
public final class StreamingDecoder {
  private final Tokenizer tokenizer;
  private final boolean keepSpecial;
  private final Set<Integer> shown;
  private final Utf8Decoder decoder;
  private boolean stripLeadingSpace;

  /**
   * A decoder at the start of a text, which leaves control tokens out.
   *
   * @param tokenizer the tokenizer whose ids come
   */
  public StreamingDecoder(Tokenizer tokenizer) {
    this(tokenizer, false);
  }

  StreamingDecoder(Tokenizer tokenizer, boolean keepSpecial) {
    this(tokenizer, keepSpecial, Set.of());
  }

  private StreamingDecoder(Tokenizer tokenizer, boolean keepSpecial, Set<Integer> shown) {
    this.shown = shown;
    this.tokenizer = Objects.requireNonNull(tokenizer, "tokenizer");
    this.keepSpecial = keepSpecial;
    if (tokenizer instanceof VocabularyTokenizer known) {
      decoder = known.newUtf8Decoder();
      stripLeadingSpace = known.isStrippingLeadingSpace();
    } else {
      decoder = new Utf8Decoder(false);
    }
  }

  /**
   * A decoder at the start of a text, which leaves all control tokens out but some.
   *
   * @param tokenizer the tokenizer whose ids come
   * @param shown control tokens that appear by name
   * @return the decoder
   */
  public static StreamingDecoder showing(Tokenizer tokenizer, Set<Integer> shown) {
    return new StreamingDecoder(tokenizer, false, Set.copyOf(shown));
  }

  /**
   * A decoder of what follows other tokens, which leaves control tokens out. A space at its start
   * parts it from the text before, so it stays, unless there is no such text.
   *
   * @param tokenizer the tokenizer whose ids come
   * @param before the ids before them
   * @throws IllegalArgumentException if an id is not in the vocabulary
   */
  public static StreamingDecoder after(Tokenizer tokenizer, int[] before) {
    StreamingDecoder decoder = new StreamingDecoder(tokenizer);
    for (int i = 0; decoder.stripLeadingSpace && i < before.length; i++) {
      decoder.stripLeadingSpace = tokenizer.isSpecial(before[i]);
    }
    return decoder;
  }

  /**
   * Takes the next id.
   *
   * @param id a token
   * @return the characters that are complete now and were not before; may be empty
   * @throws IllegalArgumentException if the id is not in the vocabulary
   */
  public String append(int id) {
    if (!keepSpecial && tokenizer.isSpecial(id) && !shown.contains(id)) {
      return "";
    }
    decoder.append(tokenizer.bytes(id));
    return take();
  }

  /**
   * Ends the text.
   *
   * @return U+FFFD for a character that was not completed, else empty
   */
  public String flush() {
    decoder.finish();
    return take();
  }

  private String take() {
    String text = decoder.take();
    if (stripLeadingSpace && !text.isEmpty()) {
      stripLeadingSpace = false;
      return text.charAt(0) == ' ' ? text.substring(1) : text;
    }
    return text;
  }
}

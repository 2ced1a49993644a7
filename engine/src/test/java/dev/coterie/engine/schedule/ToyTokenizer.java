// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.Encoding;
import dev.coterie.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Tokens 0 to 51 are the letters a to z and A to Z, 52 to 55 the four bytes of an emoji, 56 to 58
 * punctuation; 59 begins a sequence and 60 ends one.
 */
record ToyTokenizer(OptionalInt beginningOfSequence) implements Tokenizer {
  static final int BEGIN = 59;
  static final int END = 60;
  static final String EMOJI = "\uD83D\uDE42";

  @Override
  public int[] encode(String text, boolean parseSpecial) {
    return text.chars()
        .map(c -> c >= 'a' ? c - 'a' : c >= 'A' ? c - 'A' + 26 : 56 + ".,!".indexOf(c))
        .toArray();
  }

  /** Of text without emoji. */
  @Override
  public Encoding encodeWithOffsets(String text, boolean parseSpecial) {
    int[] starts = IntStream.range(0, text.length()).toArray();
    int[] ends = IntStream.rangeClosed(1, text.length()).toArray();
    return new Encoding(encode(text, parseSpecial), starts, ends);
  }

  @Override
  public String decode(int[] ids, boolean keepSpecial) {
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      if (!isSpecial(id) || keepSpecial) {
        text.append(new String(bytes(id), StandardCharsets.ISO_8859_1));
      }
    }
    return new String(
        text.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  @Override
  public byte[] bytes(int id) {
    if (id >= 52 && id < 56) {
      return new byte[] {EMOJI.getBytes(StandardCharsets.UTF_8)[id - 52]};
    }
    String text = id < 26 ? "" + (char) ('a' + id) : id < 52 ? "" + (char) ('A' + id - 26) : "";
    return (id < 52 ? text : id < 59 ? ".,!".substring(id - 56, id - 55) : id == BEGIN ? "<" : ">")
        .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public boolean isSpecial(int id) {
    return id >= BEGIN;
  }

  @Override
  public int vocabularySize() {
    return ToyExecutable.VOCABULARY;
  }

  @Override
  public Set<Integer> endOfGeneration() {
    return Set.of(END);
  }
}

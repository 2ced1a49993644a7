// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** ASCII characters are tokens, and so are some control tokens behind them, of which one ends. */
record MarkerTokenizer(List<String> markers) implements Tokenizer {
  private static final int FIRST = 128;

  /** Tokenizes with these control tokens; the first ends an answer. */
  static MarkerTokenizer of(String... markers) {
    return new MarkerTokenizer(List.of(markers));
  }

  @Override
  public int[] encode(String text, boolean parseSpecial) {
    List<Integer> ids = new ArrayList<>();
    for (int at = 0; at < text.length(); ) {
      int marker = parseSpecial ? markerAt(text, at) : -1;
      ids.add(marker < 0 ? text.charAt(at) : FIRST + marker);
      at += marker < 0 ? 1 : markers.get(marker).length();
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  private int markerAt(String text, int at) {
    for (int i = 0; i < markers.size(); i++) {
      if (text.startsWith(markers.get(i), at)) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public String decode(int[] ids, boolean keepSpecial) {
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(
          isSpecial(id) && !keepSpecial ? "" : new String(bytes(id), StandardCharsets.US_ASCII));
    }
    return text.toString();
  }

  @Override
  public byte[] bytes(int id) {
    return (isSpecial(id) ? markers.get(id - FIRST) : Character.toString((char) id))
        .getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public boolean isSpecial(int id) {
    return id >= FIRST;
  }

  @Override
  public int vocabularySize() {
    return FIRST + markers.size();
  }

  @Override
  public OptionalInt beginningOfSequence() {
    return OptionalInt.empty();
  }

  @Override
  public Set<Integer> endOfGeneration() {
    return Set.of(FIRST);
  }
}

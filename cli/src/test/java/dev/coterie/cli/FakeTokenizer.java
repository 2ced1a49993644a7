// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.Encoding;
import dev.coterie.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.Set;

/** Bytes are tokens; 256 begins a sequence and 257, {@code </s>}, ends an answer. */
final class FakeTokenizer implements Tokenizer {
  static final int SIZE = 258;
  static final String END = "</s>";

  @Override
  public int[] encode(String text, boolean parseSpecial) {
    if (parseSpecial && text.endsWith(END)) {
      int[] ids = encode(text.substring(0, text.length() - END.length()), false);
      int[] longer = java.util.Arrays.copyOf(ids, ids.length + 1);
      longer[ids.length] = 257;
      return longer;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = bytes[i] & 0xff;
    }
    return ids;
  }

  @Override
  public Encoding encodeWithOffsets(String text, boolean parseSpecial) {
    int[] ids = encode(text, parseSpecial);
    int[] ends = new int[ids.length];
    java.util.Arrays.setAll(ends, i -> i + 1); // for ASCII
    int[] starts = new int[ids.length];
    java.util.Arrays.setAll(starts, i -> i);
    return new Encoding(ids, starts, ends);
  }

  @Override
  public String decode(int[] ids, boolean keepSpecial) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      if (keepSpecial || !isSpecial(id)) {
        bytes.writeBytes(bytes(id));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] bytes(int id) {
    if (id < 0 || id >= SIZE) {
      throw new IllegalArgumentException("token: expected 0 to 257, found " + id);
    }
    return id < 256
        ? new byte[] {(byte) id}
        : (id == 256 ? "<s>" : END).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public boolean isSpecial(int id) {
    return id == 256 || id == 257;
  }

  @Override
  public int vocabularySize() {
    return SIZE;
  }

  @Override
  public OptionalInt beginningOfSequence() {
    return OptionalInt.of(256);
  }

  @Override
  public Set<Integer> endOfGeneration() {
    return Set.of(257);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import dev.coterie.spi.ModelProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Turns text into a model's token ids and back. Immutable.
 *
 * <p>Half of a surrogate pair has no UTF-8 form, so it is encoded as U+FFFD. Time and memory grow
 * with the length of the text, whatever stands in it.
 */
public interface Tokenizer {
  /**
   * Reads the tokenizer of a model file (GGUF), a {@code tokenizer.json} or a SentencePiece {@code
   * tokenizer.model}, and nothing else of it.
   *
   * @param path the file, or a folder with a {@code tokenizer.json} or {@code tokenizer.model}
   * @return the tokenizer
   * @throws IOException if the file cannot be read
   * @throws ModelFormatException if it is damaged
   * @throws UnsupportedModelException if the kind of tokenizer is not supported
   */
  static Tokenizer load(Path path) throws IOException {
    return ModelProvider.find(path).loadTokenizer(path);
  }

  /**
   * Encodes text in which nothing is read as a control token: what text from strangers must go
   * through.
   *
   * @param text the text
   * @return the ids; no beginning-of-sequence token is added
   */
  default int[] encode(String text) {
    return encode(text, false);
  }

  /**
   * Encodes text.
   *
   * @param text the text
   * @param parseSpecial whether the names of control and added tokens in the text become those
   *     tokens
   * @return the ids; no beginning-of-sequence token is added
   */
  int[] encode(String text, boolean parseSpecial);

  /**
   * Encodes text and tells which part of it each token comes from.
   *
   * @param text the text
   * @param parseSpecial whether the names of control and added tokens in the text become those
   *     tokens
   * @return the ids of {@link #encode(String, boolean)} with their ranges in the text
   * @throws UnsupportedOperationException if the tokenizer does not know; those that {@link
   *     #load(Path)} gives all do
   */
  default Encoding encodeWithOffsets(String text, boolean parseSpecial) {
    throw new UnsupportedOperationException(getClass().getName() + " does not keep offsets");
  }

  /**
   * Decodes ids, control tokens left out. Bytes that are no UTF-8 become U+FFFD.
   *
   * @param ids the ids
   * @return the text
   * @throws IllegalArgumentException if an id is not in the vocabulary
   */
  default String decode(int[] ids) {
    return decode(ids, false);
  }

  /**
   * Decodes ids. Bytes that are no UTF-8 become U+FFFD.
   *
   * @param ids the ids
   * @param keepSpecial whether control tokens appear by name
   * @return the text
   * @throws IllegalArgumentException if an id is not in the vocabulary
   */
  String decode(int[] ids, boolean keepSpecial);

  /**
   * The bytes that one token stands for; for a control token those of its name.
   *
   * @param id the token
   * @return a fresh array, often no whole number of characters
   * @throws IllegalArgumentException if the id is not in the vocabulary
   */
  byte[] bytes(int id);

  /**
   * Whether a token is a control token, which {@link #decode(int[])} leaves out.
   *
   * @param id the token
   * @return whether it is
   */
  boolean isSpecial(int id);

  /**
   * The number of ids.
   *
   * @return ids run from 0 to this, exclusive
   */
  int vocabularySize();

  /**
   * The token that begins a sequence, where the model wants one.
   *
   * @return the id to put before a prompt, or empty
   */
  OptionalInt beginningOfSequence();

  /**
   * The tokens that end an answer.
   *
   * @return ids, unmodifiable; empty if the model has none
   */
  Set<Integer> endOfGeneration();
}

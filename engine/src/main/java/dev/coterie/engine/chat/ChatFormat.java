// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ChatMessage;
import dev.coterie.Tokenizer;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.format.Metadata;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * How a model wants a conversation written. Immutable.
 *
 * <p>The tokens that mark who speaks are put in by id. What is said is encoded as plain text, so
 * that nobody can speak as somebody else by writing a marker.
 */
public sealed interface ChatFormat
    permits ChatMlFormat, DeepSeekFormat, DeepSeekV2Format, LlamaFormat {
  /**
   * The prompt for the model's next answer.
   *
   * @param messages the conversation so far
   * @return token ids, with the beginning of the sequence where the model has one, up to where the
   *     answer begins
   * @throws IllegalArgumentException if there are no messages
   * @throws UnsupportedModelException if the format has no place for a message's role
   */
  int[] encode(List<ChatMessage> messages);

  /**
   * The name of the format, for people.
   *
   * @return such as {@code ChatML}
   */
  String name();

  /**
   * The format that a model's chat template, or failing that its vocabulary, is recognized as.
   *
   * @param metadata the model's key-value pairs
   * @param tokenizer the model's tokenizer
   * @return the format, or empty if none is recognized
   */
  static Optional<ChatFormat> of(Metadata metadata, Tokenizer tokenizer) {
    return ChatFormats.recognize(metadata, tokenizer, InstantSource.system());
  }
}

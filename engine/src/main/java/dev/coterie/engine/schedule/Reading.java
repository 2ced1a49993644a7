// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.GenerationOptions;
import dev.coterie.Tokenizer;
import dev.coterie.engine.chat.ChatPrompt;
import dev.coterie.engine.chat.answer.AnswerReader;
import dev.coterie.engine.tokenizer.StreamingDecoder;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How an answer's tokens become text in lanes.
 *
 * @param decoder makes text of them
 * @param reader parts the text; null where all of it is one text
 * @param control limits thoughts; null where nothing does
 */
record Reading(
    StreamingDecoder decoder, @Nullable AnswerReader reader, @Nullable ThoughtControl control) {

  /** An answer that is text alone. */
  static Reading plain(StreamingDecoder decoder) {
    return new Reading(decoder, null, null);
  }

  /**
   * The answer to a conversation.
   *
   * @throws IllegalArgumentException if a limit of thoughts cannot be kept with this model
   */
  static Reading of(ChatPrompt prompt, GenerationOptions options, Tokenizer tokenizer) {
    Set<Integer> shown = new HashSet<>();
    for (String marker : prompt.markers()) {
      int[] ids = tokenizer.encode(marker, true);
      if (ids.length == 1) {
        shown.add(ids[0]);
      }
    }
    return new Reading(
        StreamingDecoder.showing(tokenizer, shown),
        prompt.reader(),
        ThoughtControl.of(options, prompt.format(), tokenizer));
  }
}

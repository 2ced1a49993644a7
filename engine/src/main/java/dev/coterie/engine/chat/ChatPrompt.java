// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ToolDefinition;
import dev.coterie.engine.chat.answer.AnswerFormat;
import dev.coterie.engine.chat.answer.AnswerReader;
import java.util.List;

/**
 * A conversation in a model's format.
 *
 * @param tokens the prompt, up to where the answer begins; not shared
 * @param text the same as text
 * @param format how the answer will be marked
 * @param tools the tools that it can call
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ChatPrompt(
    int[] tokens, String text, AnswerFormat format, List<ToolDefinition> tools) {
  /**
   * What parts the answer.
   *
   * @return a new reader
   */
  public AnswerReader reader() {
    return format.reader(text, tools);
  }

  /**
   * The markers to look out for in the answer.
   *
   * @return their names
   */
  public List<String> markers() {
    return format.markers(!tools.isEmpty());
  }
}

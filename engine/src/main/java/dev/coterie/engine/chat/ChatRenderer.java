// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ChatTemplateException;
import dev.coterie.engine.chat.jinja.Text;
import java.util.Map;

/** Writes conversations: a template, or an encoder of our own. Immutable. */
@FunctionalInterface
interface ChatRenderer {
  /**
   * The text of a prompt.
   *
   * @param variables {@code messages}, {@code tools} and whatever else the format heeds
   * @return the text, which knows what of it was said
   * @throws ChatTemplateException if the format refuses the conversation
   */
  Text render(Map<String, ?> variables);
}

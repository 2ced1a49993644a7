// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ChatMessage;
import dev.coterie.Role;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * ChatML, as SmolLM2 and Qwen write it.
 *
 * @param markers the model's marker tokens
 * @param defaultSystem the system message where the conversation has none; may be empty
 * @param reasons whether earlier answers lose their reasoning, as in Qwen3
 * @param startsThinking whether the answer begins within a block of reasoning
 */
record ChatMlFormat(Markers markers, String defaultSystem, boolean reasons, boolean startsThinking)
    implements ChatFormat {
  static final String START = "<|im_start|>";
  private static final String END = "<|im_end|>";
  private static final String THINK = "<think>";
  private static final String END_THINK = "</think>";

  @Override
  public String name() {
    return "ChatML";
  }

  @Override
  public int[] encode(List<ChatMessage> messages) {
    markers.check(messages, name());
    PromptBuilder prompt = new PromptBuilder(markers);
    OptionalInt beginning = markers.tokenizer().beginningOfSequence();
    if (beginning.isPresent() && beginning.getAsInt() != markers.ids(START)[0]) {
      prompt.token(beginning.getAsInt());
    }
    if (!defaultSystem.isEmpty() && messages.getFirst().role() != Role.SYSTEM) {
      message(prompt, "system").text(defaultSystem).marker(END).text("\n");
    }
    int lastQuery = lastQuery(messages);
    for (int i = 0; i < messages.size(); i++) {
      ChatMessage message = messages.get(i);
      message(prompt, message.role().name().toLowerCase(Locale.ROOT));
      if (reasons && message.role() == Role.ASSISTANT) {
        answer(prompt, message.content(), i > lastQuery, i == messages.size() - 1);
      } else {
        prompt.text(message.content());
      }
      prompt.marker(END).text("\n");
    }
    message(prompt, "assistant");
    return (startsThinking ? prompt.marker(THINK).text("\n") : prompt).build();
  }

  private static PromptBuilder message(PromptBuilder prompt, String role) {
    return prompt.marker(START).text(role).text("\n");
  }

  private static void answer(
      PromptBuilder prompt, String content, boolean afterQuery, boolean last) {
    String said = content;
    String reasoning = "";
    if (content.contains(END_THINK)) {
      said = PythonStrings.stripLeadingLineFeeds(PythonStrings.afterLast(content, END_THINK));
      reasoning =
          PythonStrings.stripTrailingLineFeeds(PythonStrings.beforeFirst(content, END_THINK));
      reasoning = PythonStrings.stripLeadingLineFeeds(PythonStrings.afterLast(reasoning, THINK));
    }
    if (afterQuery && (last || !reasoning.isEmpty())) {
      prompt.marker(THINK).text("\n").text(reasoning).text("\n").marker(END_THINK);
      prompt.text("\n\n").text(PythonStrings.stripLeadingLineFeeds(said));
    } else {
      prompt.text(said);
    }
  }

  /**
   * The place of the last question, tool results aside; that of the last message if there is none.
   */
  private static int lastQuery(List<ChatMessage> messages) {
    for (int i = messages.size() - 1; i >= 0; i--) {
      String content = messages.get(i).content();
      if (messages.get(i).role() == Role.USER
          && !(content.startsWith("<tool_response>") && content.endsWith("</tool_response>"))) {
        return i;
      }
    }
    return messages.size() - 1;
  }
}

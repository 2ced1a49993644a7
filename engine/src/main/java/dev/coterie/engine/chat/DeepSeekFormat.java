// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ChatMessage;
import dev.coterie.Role;
import java.util.List;

/**
 * The markers of DeepSeek V3 and later and of R1 and its distillations. The versions that can think
 * or not are asked not to.
 *
 * @param markers the model's marker tokens
 * @param version which of the templates
 * @param opening whether the template opens a block of reasoning: in R1 for the answer to begin in,
 *     in V3.1 to be closed at once
 */
record DeepSeekFormat(Markers markers, Version version, boolean opening) implements ChatFormat {
  static final String BEGINNING = "<\uff5cbegin\u2581of\u2581sentence\uff5c>";
  static final String END = "<\uff5cend\u2581of\u2581sentence\uff5c>";
  static final String USER = "<\uff5cUser\uff5c>";
  static final String ASSISTANT = "<\uff5cAssistant\uff5c>";
  private static final String THINK = "<think>";
  private static final String END_THINK = "</think>";

  enum Version {
    /** System messages come first, joined. */
    V3,
    /** The last system message comes first; reasoning is dropped from earlier answers. */
    R1,
    /** As V3, and an answer to a user begins with an empty block of reasoning. */
    V3_1,
    /**
     * System messages stay in place; each user message is followed by the beginning of an answer.
     */
    V3_2,
    /** As V3.2, and user messages that follow each other are one. */
    V4;

    private boolean isSystemInPlace() {
      return this == V3_2 || this == V4;
    }
  }

  @Override
  public String name() {
    return "DeepSeek";
  }

  @Override
  public int[] encode(List<ChatMessage> messages) {
    markers.check(messages, name());
    PromptBuilder prompt = new PromptBuilder(markers).marker(BEGINNING);
    if (!version.isSystemInPlace()) {
      prompt.text(instructions(messages));
    }
    boolean asked = false;
    for (int i = 0; i < messages.size(); i++) {
      ChatMessage message = messages.get(i);
      String content = message.content();
      switch (message.role()) {
        case SYSTEM -> prompt.text(version.isSystemInPlace() ? content : "");
        case USER -> {
          boolean goesOn =
              version == Version.V4 && i > 0 && messages.get(i - 1).role() == Role.USER;
          (goesOn ? prompt.text("\n\n") : prompt.marker(USER)).text(content);
          if (version.isSystemInPlace() && !(version == Version.V4 && isUser(messages, i + 1))) {
            beginAnswer(prompt);
          }
          asked = true;
        }
        case ASSISTANT -> {
          if (version == Version.V3 || version == Version.R1) {
            prompt.marker(ASSISTANT);
          } else if (version == Version.V3_1 && asked) {
            beginAnswer(prompt);
          }
          prompt.text(withoutReasoning(content)).marker(END);
          asked = false;
        }
        case TOOL -> throw new IllegalArgumentException("role TOOL");
      }
    }
    return end(prompt, messages.getLast().role(), asked).build();
  }

  private PromptBuilder end(PromptBuilder prompt, Role last, boolean asked) {
    return switch (version) {
      case V3 -> prompt.marker(ASSISTANT);
      case R1 ->
          opening ? prompt.marker(ASSISTANT).marker(THINK).text("\n") : prompt.marker(ASSISTANT);
      case V3_1 -> asked ? beginAnswer(prompt) : prompt;
      case V3_2 -> prompt;
      case V4 -> last == Role.SYSTEM ? beginAnswer(prompt) : prompt;
    };
  }

  private PromptBuilder beginAnswer(PromptBuilder prompt) {
    prompt.marker(ASSISTANT);
    return (opening ? prompt.marker(THINK) : prompt).marker(END_THINK);
  }

  private String withoutReasoning(String content) {
    return switch (version) {
      case R1 -> PythonStrings.afterLast(content, END_THINK);
      case V3_1 -> PythonStrings.afterFirst(content, END_THINK);
      case V3, V3_2, V4 -> content;
    };
  }

  private String instructions(List<ChatMessage> messages) {
    StringBuilder text = new StringBuilder();
    boolean first = true;
    for (ChatMessage message : messages) {
      if (message.role() != Role.SYSTEM) {
        continue;
      }
      if (version == Version.R1) {
        text.setLength(0);
      } else if (!first) {
        text.append("\n\n");
      }
      text.append(message.content());
      first = false;
    }
    return text.toString();
  }

  private static boolean isUser(List<ChatMessage> messages, int index) {
    return index < messages.size() && messages.get(index).role() == Role.USER;
  }
}

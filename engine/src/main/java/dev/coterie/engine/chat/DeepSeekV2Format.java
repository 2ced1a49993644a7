// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ChatMessage;
import java.util.List;

/**
 * The plain words of DeepSeek V2.
 *
 * @param markers the model's marker tokens
 */
record DeepSeekV2Format(Markers markers) implements ChatFormat {
  @Override
  public String name() {
    return "DeepSeek V2";
  }

  @Override
  public int[] encode(List<ChatMessage> messages) {
    markers.check(messages, name());
    PromptBuilder prompt = new PromptBuilder(markers).marker(DeepSeekFormat.BEGINNING);
    for (ChatMessage message : messages) {
      switch (message.role()) {
        case SYSTEM -> prompt.text(message.content()).text("\n\n");
        case USER -> prompt.text("User: ").text(message.content()).text("\n\n");
        case ASSISTANT ->
            prompt.text("Assistant: ").text(message.content()).marker(DeepSeekFormat.END);
        case TOOL -> throw new IllegalArgumentException("role TOOL");
      }
    }
    return prompt.text("Assistant:").build();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** What a {@link Generator} continues: plain text, a conversation, or token ids. */
public sealed interface Prompt {
  /**
   * Text that the model continues as it stands. A beginning-of-sequence token is added where the
   * model wants one; nothing in the text is read as a control token.
   *
   * @param text the text
   */
  record Text(String text) implements Prompt {
    /** Checks that the text is not null. */
    public Text {
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * A conversation, rendered in the model's own chat format, which the model answers.
   *
   * @param messages the messages, oldest first; at least one
   * @param options what the chat format is told beside them
   */
  record Chat(List<ChatMessage> messages, ChatOptions options) implements Prompt {
    /** Copies the messages. */
    public Chat {
      messages = List.copyOf(messages);
      Objects.requireNonNull(options, "options");
      if (messages.isEmpty()) {
        throw new IllegalArgumentException("messages: expected at least one, found none");
      }
    }

    /**
     * A conversation with {@link ChatOptions#DEFAULT}.
     *
     * @param messages the messages, oldest first; at least one
     */
    public Chat(List<ChatMessage> messages) {
      this(messages, ChatOptions.DEFAULT);
    }
  }

  /**
   * Token ids, taken as they are: nothing is added.
   *
   * @param ids the ids, at least one; copied in and out
   */
  record Tokens(int[] ids) implements Prompt {
    /** Copies the ids. */
    public Tokens {
      ids = ids.clone();
      if (ids.length == 0) {
        throw new IllegalArgumentException("ids: expected at least one, found none");
      }
    }

    /** {@return the token ids; a copy} */
    @Override
    public int[] ids() {
      return ids.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Tokens tokens && Arrays.equals(ids, tokens.ids);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(ids);
    }

    @Override
    public String toString() {
      return "Tokens[" + ids.length + " ids]";
    }
  }
}

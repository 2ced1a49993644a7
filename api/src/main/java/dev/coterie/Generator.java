// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.List;

/**
 * Makes text. A model in this process is one ({@link Model#generator()}); so may be a script in a
 * test or a model elsewhere: an implementation needs one method.
 *
 * <p>Safe for use by several threads; generations asked for at the same time are computed together.
 */
@FunctionalInterface
public interface Generator {
  /**
   * Starts to continue a prompt, and returns at once.
   *
   * @param prompt what to continue
   * @param options how
   * @return the answer in the making
   * @throws ContextLengthException if the prompt does not fit the context
   * @throws IllegalArgumentException if an option is out of the model's range
   * @throws UnsupportedModelException if the prompt is a conversation and the model's chat format
   *     is not known or has no place for a part of it
   * @throws ChatTemplateException if the model's chat template refuses the conversation, or is
   *     itself malformed
   * @throws IllegalStateException if the model is closed
   */
  Generation generate(Prompt prompt, GenerationOptions options);

  /**
   * Continues text with the {@linkplain GenerationOptions#DEFAULT default options}.
   *
   * @param text the text
   * @return the answer in the making
   * @see #generate(Prompt, GenerationOptions)
   */
  default Generation generate(String text) {
    return generate(text, GenerationOptions.DEFAULT);
  }

  /**
   * Continues text.
   *
   * @param text the text
   * @param options how
   * @return the answer in the making
   * @see #generate(Prompt, GenerationOptions)
   */
  default Generation generate(String text, GenerationOptions options) {
    return generate(new Prompt.Text(text), options);
  }

  /**
   * Answers a conversation.
   *
   * @param messages the messages, oldest first
   * @param options how
   * @return the answer in the making
   * @see #generate(Prompt, GenerationOptions)
   */
  default Generation generate(List<ChatMessage> messages, GenerationOptions options) {
    return generate(new Prompt.Chat(messages), options);
  }
}

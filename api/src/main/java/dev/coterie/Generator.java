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
   * @throws IllegalArgumentException if an option is out of the model's range, a tool's schema or a
   *     call's arguments are no JSON object, or a limit of thoughts cannot be kept with this model
   * @throws UnsupportedModelException if the prompt is a conversation and the model's chat format
   *     is not known
   * @throws ChatTemplateException if the model's chat template refuses the conversation, has no
   *     place for its tools or calls, or is itself malformed
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

  /**
   * Measures how likely texts are after a prompt, as for the choices of a question or for
   * perplexity. Blocks until done; generations of other threads go on beside it.
   *
   * <p>After a {@link Prompt.Text} both are encoded as the one text that they make, and what is
   * measured are the tokens that reach beyond the prompt; so a choice after {@code "Answer:"} best
   * begins with its space. After other prompts each text is encoded alone. Nothing in a text is
   * read as a control token.
   *
   * @param prompt what comes before; {@code new Prompt.Text("")} if there is nothing
   * @param continuations the texts, each measured right after the prompt
   * @return a score for each text, in order
   * @throws ContextLengthException if prompt and text do not fit the context
   * @throws IllegalArgumentException if the prompt has an id that is not in the vocabulary, or a
   *     tool's schema or a call's arguments are no JSON object
   * @throws UnsupportedModelException if the prompt is a conversation and the model's chat format
   *     is not known
   * @throws ChatTemplateException if the model's chat template refuses the conversation, has no
   *     place for its tools or calls, or is itself malformed
   * @throws UnsupportedOperationException if this generator cannot measure; a local model's can
   * @throws IllegalStateException if the model is closed
   * @throws CoterieException if the computation failed, or the waiting thread was interrupted
   */
  default List<ContinuationScore> score(Prompt prompt, List<String> continuations) {
    throw new UnsupportedOperationException(getClass().getName() + " does not score texts");
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.Generator;
import dev.coterie.Prompt;
import dev.coterie.Thinking;
import dev.coterie.Tokenizer;
import dev.coterie.engine.chat.ChatPrompt;
import dev.coterie.engine.tokenizer.StreamingDecoder;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.BiFunction;

/**
 * Makes text with a model in this process. Prompts are turned into tokens on the caller's thread.
 */
public final class LocalGenerator implements Generator {
  private final StepLoop loop;
  private final Tokenizer tokenizer;
  private final BiFunction<Prompt.Chat, Thinking.Mode, ChatPrompt> chat;

  /**
   * A generator.
   *
   * @param loop computes the tokens; stays its owner's
   * @param tokenizer encodes text
   * @param chat renders a conversation, or raises {@link dev.coterie.UnsupportedModelException} if
   *     the model's chat format is not known
   */
  public LocalGenerator(
      StepLoop loop, Tokenizer tokenizer, BiFunction<Prompt.Chat, Thinking.Mode, ChatPrompt> chat) {
    this.loop = loop;
    this.tokenizer = tokenizer;
    this.chat = chat;
  }

  @Override
  public Generation generate(Prompt prompt, GenerationOptions options) {
    Objects.requireNonNull(options, "options");
    return switch (prompt) {
      case Prompt.Text(String text) -> goOn(encode(text), options);
      case Prompt.Tokens ids -> goOn(ids.ids(), options);
      case Prompt.Chat conversation -> {
        ChatPrompt rendered = chat.apply(conversation, options.thinking().mode());
        yield loop.generate(
            rendered.tokens(), options, () -> Reading.of(rendered, options, tokenizer));
      }
    };
  }

  private Generation goOn(int[] tokens, GenerationOptions options) {
    return loop.generate(
        tokens, options, () -> Reading.plain(StreamingDecoder.after(tokenizer, tokens)));
  }

  private int[] encode(String text) {
    int[] tokens = tokenizer.encode(text, false);
    OptionalInt beginning = tokenizer.beginningOfSequence();
    if (beginning.isEmpty()) {
      return tokens;
    }
    int[] all = new int[tokens.length + 1];
    all[0] = beginning.getAsInt();
    System.arraycopy(tokens, 0, all, 1, tokens.length);
    return all;
  }
}

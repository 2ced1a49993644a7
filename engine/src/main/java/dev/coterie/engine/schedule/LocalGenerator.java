// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.ContinuationScore;
import dev.coterie.Encoding;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.Generator;
import dev.coterie.Pooling;
import dev.coterie.Prompt;
import dev.coterie.Thinking;
import dev.coterie.Tokenizer;
import dev.coterie.engine.chat.ChatPrompt;
import dev.coterie.engine.tokenizer.StreamingDecoder;
import dev.coterie.engine.tokenizer.Tokenizers;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;

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

  @Override
  public List<ContinuationScore> score(Prompt prompt, List<String> continuations) {
    Function<String, ScoredTokens> encoding =
        switch (prompt) {
          case Prompt.Text(String text) -> continuation -> together(text, continuation);
          case Prompt.Tokens ids -> after(ids.ids());
          case Prompt.Chat conversation ->
              after(chat.apply(conversation, Thinking.Mode.DEFAULT).tokens());
        };
    return continuations.stream()
        .map(continuation -> encoding.apply(continuation).score(continuation, loop))
        .toList();
  }

  private ScoredTokens together(String prompt, String continuation) {
    Encoding encoding = tokenizer.encodeWithOffsets(prompt + continuation, false);
    int first = 0;
    while (first < encoding.size() && encoding.end(first) <= prompt.length()) {
      first++;
    }
    int[] tokens = Tokenizers.withBeginning(encoding.ids(), tokenizer);
    return new ScoredTokens(tokens, tokens.length - encoding.size() + first);
  }

  private Function<String, ScoredTokens> after(int[] prompt) {
    return continuation -> {
      int[] more = tokenizer.encode(continuation, false);
      int[] tokens = Arrays.copyOf(prompt, prompt.length + more.length);
      System.arraycopy(more, 0, tokens, prompt.length, more.length);
      return new ScoredTokens(tokens, prompt.length);
    };
  }

  /**
   * Pools the hidden states of texts, each with the token that begins a sequence.
   *
   * @param texts the texts
   * @param pooling how
   * @param normalized whether the vectors are to have the length 1
   * @return a vector for each text, in order
   */
  public List<float[]> embed(List<String> texts, Pooling pooling, boolean normalized) {
    return loop.embed(texts.stream().map(this::encode).toList(), pooling, normalized);
  }

  private int[] encode(String text) {
    return Tokenizers.withBeginning(tokenizer.encode(text, false), tokenizer);
  }
}

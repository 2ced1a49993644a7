// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.ChatMessage;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.Prompt;
import dev.coterie.Thinking;
import dev.coterie.Tokenizer;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.chat.ChatPrompt;
import dev.coterie.engine.chat.answer.AnswerFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

class LocalGeneratorTest {
  private static final GenerationOptions OPTIONS = ToyModel.tokens(10).build();

  private static LocalGenerator generator(
      ToyModel model,
      Tokenizer tokenizer,
      BiFunction<Prompt.Chat, Thinking.Mode, ChatPrompt> chat) {
    return new LocalGenerator(model.loop, tokenizer, chat);
  }

  private static ChatPrompt chat(Prompt.Chat prompt, Thinking.Mode mode) {
    int[] ids = {prompt.messages().size(), prompt.messages().getFirst().content().length()};
    return new ChatPrompt(ids, "", AnswerFormat.PLAIN, List.of());
  }

  @Test
  void encodesTextAndPutsTheBeginningBeforeIt() {
    try (ToyModel model = ToyModel.roomy()) {
      LocalGenerator with =
          generator(
              model,
              new ToyTokenizer(OptionalInt.of(ToyTokenizer.BEGIN)),
              LocalGeneratorTest::chat);
      assertTokens(model, with.generate("abc", OPTIONS), ToyTokenizer.BEGIN, 0, 1, 2);
      assertTokens(model, with.generate("", OPTIONS), ToyTokenizer.BEGIN);
      assertTokens(model, with.generate(new Prompt.Tokens(new int[] {4, 5}), OPTIONS), 4, 5);
      LocalGenerator without = generator(model, model.tokenizer, LocalGeneratorTest::chat);
      assertTokens(model, without.generate("abc", OPTIONS), 0, 1, 2);
      assertThatThrownBy(() -> without.generate(""))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("prompt: expected at least one token, found none");
    }
  }

  private static void assertTokens(ToyModel model, Generation generation, int... prompt) {
    assertThat(generation.await().tokens()).isEqualTo(model.alone(OPTIONS, prompt));
    assertThat(generation.await().promptTokens()).isEqualTo(prompt.length);
  }

  @Test
  void conversationsGoThroughTheChatFormat() {
    try (ToyModel model = ToyModel.roomy()) {
      List<ChatMessage> messages = List.of(ChatMessage.user("Hello"), ChatMessage.user("?"));
      LocalGenerator known = generator(model, model.tokenizer, LocalGeneratorTest::chat);
      assertTokens(model, known.generate(messages, OPTIONS), 2, 5);
      UnsupportedModelException refusal = new UnsupportedModelException("toy", "a chat format");
      LocalGenerator unknown =
          generator(
              model,
              model.tokenizer,
              (all, mode) -> {
                throw refusal;
              });
      assertThatThrownBy(() -> unknown.generate(messages, OPTIONS)).isSameAs(refusal);
    }
  }

  @Test
  void refusesNullAndWorkAfterClose() {
    ToyModel model = ToyModel.roomy();
    LocalGenerator generator = generator(model, model.tokenizer, LocalGeneratorTest::chat);
    assertThatThrownBy(() -> generator.generate("a", null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("options");
    model.close();
    assertThatThrownBy(() -> generator.generate("a"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("model is closed");
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.ChatMessage;
import dev.coterie.ContextLengthException;
import dev.coterie.ContinuationScore;
import dev.coterie.CoterieException;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.Generator;
import dev.coterie.Prompt;
import dev.coterie.Thinking;
import dev.coterie.TokenLogProbability;
import dev.coterie.Tokenizer;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.chat.ChatPrompt;
import dev.coterie.engine.chat.answer.AnswerFormat;
import java.util.Arrays;
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
  void scoresWhatFollowsAPrompt() {
    try (ToyModel model = new ToyModel(128, 16, 4, 16)) {
      ToyTokenizer beginning = new ToyTokenizer(OptionalInt.of(ToyTokenizer.BEGIN));
      LocalGenerator generator = generator(model, beginning, LocalGeneratorTest::chat);
      String longText = "abcdefgh".repeat(8);
      assertScores(generator, new Prompt.Text("ab"), "cd", ToyTokenizer.BEGIN, 0, 1);
      assertScores(generator, new Prompt.Text(""), "cd", ToyTokenizer.BEGIN);
      assertScores(generator, new Prompt.Text("ab"), longText, ToyTokenizer.BEGIN, 0, 1);
      assertScores(generator, new Prompt.Tokens(ToyModel.prompt(50)), "cd", ToyModel.prompt(50));
      assertScores(generator, new Prompt.Chat(List.of(ChatMessage.user("Hello"))), "cd", 1, 5);
      assertScores(generator, new Prompt.Text("ab"), "", ToyTokenizer.BEGIN, 0, 1);
      assertThat(generator.score(new Prompt.Text("ab"), List.of())).isEmpty();
      assertThat(model.freeBlocks()).isEqualTo(16);
    }
  }

  private static void assertScores(
      LocalGenerator generator, Prompt prompt, String text, int... promptTokens) {
    int[] more = new ToyTokenizer(OptionalInt.empty()).encode(text, false);
    int[] tokens = Arrays.copyOf(promptTokens, promptTokens.length + more.length);
    System.arraycopy(more, 0, tokens, promptTokens.length, more.length);
    List<ContinuationScore> scores = generator.score(prompt, List.of(text, "z"));
    assertThat(scores).extracting(ContinuationScore::text).containsExactly(text, "z");
    ContinuationScore score = scores.getFirst();
    double sum = 0;
    assertThat(score.tokens()).hasSize(more.length);
    for (int i = 0; i < more.length; i++) {
      float[] logits = ToyExecutable.logits(tokens, promptTokens.length + i);
      double total = 0;
      for (float logit : logits) {
        total += Math.exp(logit);
      }
      double expected = logits[more[i]] - Math.log(total);
      assertThat(score.tokens().get(i).id()).isEqualTo(more[i]);
      assertThat(score.tokens().get(i).logProbability()).isCloseTo(expected, within(1e-6));
      sum += expected;
    }
    assertThat(score.logProbability()).isCloseTo(sum, within(1e-5));
    if (more.length > 0) {
      assertThat(score.perplexity()).isCloseTo(Math.exp(-sum / more.length), within(1e-3));
    }
  }

  @Test
  void theFirstTokenOfAllHasNoScore() {
    try (ToyModel model = ToyModel.roomy()) {
      LocalGenerator generator = generator(model, model.tokenizer, LocalGeneratorTest::chat);
      ContinuationScore score = generator.score(new Prompt.Text(""), List.of("abc")).getFirst();
      assertThat(score.tokens()).extracting(TokenLogProbability::id).containsExactly(1, 2);
      assertThat(generator.score(new Prompt.Text(""), List.of("a")).getFirst().perplexity())
          .isNaN();
      assertThatThrownBy(() -> generator.score(new Prompt.Text("a".repeat(300)), List.of("b")))
          .isInstanceOf(ContextLengthException.class);
      Generator script = (prompt, options) -> null;
      assertThatThrownBy(() -> script.score(new Prompt.Text("a"), List.of("b")))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageEndingWith("does not score texts");
      model.executable.poison(1);
      assertThatThrownBy(() -> generator.score(new Prompt.Text("ab"), List.of("c")))
          .isInstanceOf(CoterieException.class)
          .hasMessage("the model gave logits that are not numbers");
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

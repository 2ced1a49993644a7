// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.ChatMessage;
import dev.coterie.Chunk;
import dev.coterie.FinishReason;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.Lane;
import dev.coterie.Thinking;
import dev.coterie.engine.chat.ChatPrompt;
import dev.coterie.engine.chat.answer.AnswerFormat;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A scripted model whose thoughts are limited. */
@Timeout(60)
class ThinkingTest {
  private static final String END = "</s>";
  private static final MarkerTokenizer MARKERS =
      MarkerTokenizer.of(
          END, "<think>", "</think>", "<|channel|>", "<|message|>", "<|end|>", "<|start|>");
  private static final MarkerTokenizer LETTERS = MarkerTokenizer.of(END);
  private static final AnswerFormat BARE = AnswerFormat.of("<think></think>");
  private static final AnswerFormat PADDED = AnswerFormat.of("<think>\n</think>");
  private static final AnswerFormat HARMONY = AnswerFormat.of("<|channel|>");

  /**
   * Answers a prompt with a model that goes on with the first sentence whose beginning it finds at
   * the end of what it has seen, the whole answer, or the end.
   */
  private static Generation start(
      MarkerTokenizer tokenizer,
      AnswerFormat format,
      String prompt,
      GenerationOptions options,
      String... script) {
    ScriptedExecutable executable =
        new ScriptedExecutable(
            tokenizer.vocabularySize(), seen -> next(tokenizer, seen, prompt, script));
    StepLoop loop =
        StepLoop.start(
            executable,
            new LoopSettings(
                120,
                64,
                1,
                16,
                tokenizer.vocabularySize(),
                0,
                tokenizer.endOfGeneration(),
                List.of()));
    try (loop) {
      LocalGenerator generator =
          new LocalGenerator(
              loop,
              tokenizer,
              (chat, mode) ->
                  new ChatPrompt(tokenizer.encode(prompt, true), prompt, format, List.of()));
      Generation generation = generator.generate(List.of(ChatMessage.user("q")), options);
      generation.await();
      return generation;
    }
  }

  private static int next(
      MarkerTokenizer tokenizer, List<Integer> seen, String prompt, String[] script) {
    String said =
        tokenizer
            .decode(seen.stream().mapToInt(Integer::intValue).toArray(), true)
            .substring(prompt.length());
    for (int i = script.length - 1; i >= 0; i--) {
      int bar = script[i].indexOf('|') < 0 ? 0 : script[i].indexOf("||");
      String cue = bar <= 0 ? "" : script[i].substring(0, bar);
      String words = (bar <= 0 ? script[i] : script[i].substring(bar + 2)) + END;
      int at = cue.isEmpty() ? 0 : said.lastIndexOf(cue);
      if (at < 0) {
        continue;
      }
      String since = said.substring(at + cue.length());
      return words.startsWith(since)
          ? tokenizer.encode(words.substring(since.length()), true)[0]
          : tokenizer.encode(END, true)[0];
    }
    throw new AssertionError("the script has nothing to say after " + said);
  }

  private static GenerationResult answer(
      MarkerTokenizer tokenizer,
      AnswerFormat format,
      String prompt,
      Thinking thinking,
      int maxTokens,
      String... script) {
    GenerationOptions options =
        GenerationOptions.builder().maxTokens(maxTokens).thinking(thinking).build();
    return start(tokenizer, format, prompt, options, script).await();
  }

  private static void assertAnswer(
      GenerationResult result, String thinking, String text, FinishReason reason) {
    assertThat(result.thinking()).isEqualTo(thinking);
    assertThat(result.text()).isEqualTo(text);
    assertThat(result.finishReason()).isEqualTo(reason);
  }

  @Test
  void lanesArePartedWhileTheyStream() {
    GenerationOptions options = GenerationOptions.builder().logProbabilities(0).build();
    Generation generation = start(MARKERS, PADDED, "Q", options, "<think>\nab\n</think>\n\ncd");
    List<Chunk> chunks = new ArrayList<>();
    generation.forEach(chunks::add);
    assertThat(chunks)
        .extracting(Chunk::lane)
        .containsExactly(Lane.THINKING, Lane.THINKING, Lane.TEXT, Lane.TEXT, Lane.TEXT);
    assertThat(chunks.stream().mapToInt(chunk -> chunk.logProbabilities().size()).sum())
        .isEqualTo(generation.await().completionTokens());
    assertAnswer(generation.await(), "ab", "cd", FinishReason.STOP);
    ChatMessage message = generation.await().message();
    assertThat(message).isEqualTo(ChatMessage.assistant("cd").withReasoning("ab"));
  }

  @Test
  void aThoughtThatThePromptOpenedIsOne() {
    assertAnswer(
        answer(MARKERS, BARE, "Q<think>", Thinking.DEFAULT, 99, "ab</think>cd"),
        "ab",
        "cd",
        FinishReason.STOP);
  }

  @Test
  void stopTextsAreLookedForInTheAnswerAlone() {
    GenerationOptions options = GenerationOptions.builder().stop(List.of("b")).build();
    assertAnswer(
        start(MARKERS, BARE, "Q<think>", options, "abc</think>abc").await(),
        "abc",
        "a",
        FinishReason.STOP);
  }

  @Test
  void aBudgetEndsTheThought() {
    String script = "aaaaaaaaaa</think>no";
    String then = "</think>||yes";
    assertAnswer(
        answer(MARKERS, BARE, "Q<think>", Thinking.DEFAULT.withBudget(4), 99, script, then),
        "aaaa",
        "yes",
        FinishReason.STOP);
    for (MarkerTokenizer tokenizer : List.of(MARKERS, LETTERS)) {
      assertAnswer(
          answer(
              tokenizer,
              PADDED,
              "Q<think>\n",
              Thinking.DEFAULT.withBudget(4),
              99,
              script,
              "</think>\n\n||yes"),
          "aaaa",
          "yes",
          FinishReason.STOP);
    }
  }

  @Test
  void offEndsAThoughtThatThePromptOpened() {
    assertAnswer(
        answer(
            MARKERS, BARE, "Q<think>", Thinking.of(Thinking.Mode.OFF), 99, "aaa", "</think>||yes"),
        "",
        "yes",
        FinishReason.STOP);
  }

  @Test
  void theAnswerKeepsItsReserve() {
    Thinking thinking = Thinking.DEFAULT.withAnswerReserve(3);
    GenerationResult result =
        answer(MARKERS, BARE, "Q<think>", thinking, 10, "aaaaaaaaaaaaa", "</think>||yes yes");
    assertAnswer(result, "aaaaaa", "yes", FinishReason.LENGTH);
    GenerationResult full =
        answer(MARKERS, BARE, "Q<think>", thinking, 999, "a".repeat(200), "</think>||yes yes");
    assertThat(full.thinking()).hasSize(120 - 2 - 1 - 3);
    assertAnswer(full, full.thinking(), "yes", FinishReason.CONTEXT_FULL);
  }

  @Test
  void anEarlyEndIsSuppressed() {
    Thinking thinking = Thinking.DEFAULT.withMinimum(8, "Wait");
    assertAnswer(
        answer(MARKERS, BARE, "Q<think>", thinking, 99, "ab</think>no", "Wait||, cd</think>yes"),
        "abWait, cd",
        "yes",
        FinishReason.STOP);
    assertAnswer(
        answer(MARKERS, BARE, "Q<think>", thinking, 99, "ab", "Wait||, cd</think>yes"),
        "abWait, cd",
        "yes",
        FinishReason.STOP);
    assertThatThrownBy(() -> answer(LETTERS, BARE, "Q<think>", thinking, 99, "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "thinking minTokens: expected a model whose '</think>' is one token, found 8; leave"
                + " the minimum out");
  }

  @Test
  void anExhaustedThoughtIsNoEmptyAnswer() {
    assertAnswer(
        answer(MARKERS, BARE, "Q<think>", Thinking.DEFAULT, 3, "aaaaa"),
        "aaa",
        "",
        FinishReason.THINKING_EXHAUSTED);
    assertAnswer(
        answer(MARKERS, BARE, "Q<think>", Thinking.DEFAULT, 0, "aaaaa"),
        "",
        "",
        FinishReason.LENGTH);
    assertAnswer(
        answer(MARKERS, BARE, "Q", Thinking.DEFAULT, 3, "aaaaa"), "", "aaa", FinishReason.LENGTH);
  }

  @Test
  void channelsAreLimitedToo() {
    String analysis = "<|channel|>analysis<|message|>";
    String last = "<|end|><|start|>assistant<|channel|>final<|message|>";
    assertAnswer(
        answer(
            MARKERS,
            HARMONY,
            "Q<|start|>assistant",
            Thinking.DEFAULT.withBudget(4),
            99,
            analysis + "aaaaaaaa",
            last + "||yes"),
        "aaaa",
        "yes",
        FinishReason.STOP);
    assertAnswer(
        answer(
            MARKERS,
            HARMONY,
            "Q<|start|>assistant",
            Thinking.DEFAULT.withMinimum(6, "Wait"),
            99,
            analysis + "a" + last + "no",
            "Wait||b" + last + "yes"),
        "aWaitb",
        "yes",
        FinishReason.STOP);
  }

  @Test
  void penaltiesAndLogProbabilitiesCountWhatIsWritten() {
    GenerationOptions options =
        GenerationOptions.builder()
            .maxTokens(30)
            .thinking(Thinking.DEFAULT.withBudget(2))
            .logProbabilities(1)
            .build();
    GenerationResult result =
        start(MARKERS, BARE, "Q<think>", options, "aaaa", "</think>||y").await();
    assertThat(result.logProbabilities()).extracting(each -> each.id()).isEqualTo(result.tokens());
    assertThat(result.logProbabilities().get(2).logProbability()).isLessThan(-8);
  }
}

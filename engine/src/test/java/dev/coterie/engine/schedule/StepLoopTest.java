// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.Chunk;
import dev.coterie.ContextLengthException;
import dev.coterie.FinishReason;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.TokenLogProbability;
import dev.coterie.spi.Batch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

class StepLoopTest {
  @Test
  void answersAsTheModelAlone() {
    try (ToyModel model = ToyModel.roomy()) {
      GenerationOptions options = ToyModel.tokens(20).build();
      GenerationResult result = model.generate(options, 1, 2, 3).await();
      assertThat(result.tokens()).isEqualTo(model.alone(options, 1, 2, 3)).hasSize(20);
      assertThat(result.text()).isEqualTo(model.text(result.tokens()));
      assertThat(result.thinking()).isEmpty();
      assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(result.error()).isNull();
      assertThat(result.promptTokens()).isEqualTo(3);
      assertThat(result.cachedTokens()).isZero();
      assertThat(result.logProbabilities()).isEmpty();
      assertThat(model.freeBlocks()).isEqualTo(64);
      assertThat(model.executable.held).isEmpty();
    }
  }

  @Test
  void longPromptsGoInChunks() {
    try (ToyModel model = new ToyModel(256, 7, 4, 64)) {
      GenerationOptions options = ToyModel.tokens(50).build();
      int[] prompt = ToyModel.prompt(150);
      List<Generation> all = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        all.add(model.generate(options, prompt));
      }
      for (Generation generation : all) {
        assertThat(generation.await().tokens()).isEqualTo(model.alone(options, prompt));
      }
      assertThat(model.freeBlocks()).isEqualTo(64);
      assertThat(model.executable.held).isEmpty();
    }
  }

  @Test
  void aLongPromptDoesNotStopTheOthers() {
    try (ToyModel model = new ToyModel(256, 8, 4, 64)) {
      ConcurrentLinkedQueue<String> steps = new ConcurrentLinkedQueue<>();
      Gate gate = new Gate();
      model.executable.before(
          batch -> {
            steps.add(rows(batch));
            gate.accept(batch);
          });
      Generation first = model.generate(ToyModel.tokens(9).build(), 1, 2);
      gate.awaitStep();
      Generation second = model.generate(ToyModel.tokens(2).build(), ToyModel.prompt(20));
      gate.open();
      first.await();
      second.await();
      assertThat(steps).containsExactly("2", "1 7", "1 7", "1 6", "1 1", "1", "1", "1", "1");
    }
  }

  private static String rows(Batch batch) {
    List<String> rows = new ArrayList<>();
    for (int s = 0; s < batch.numSegments(); s++) {
      rows.add(String.valueOf(batch.segmentStart(s + 1) - batch.segmentStart(s)));
    }
    return String.join(" ", rows);
  }

  @Test
  void endsAtAnEndOfGenerationToken() {
    try (ToyModel model = ToyModel.roomy()) {
      GenerationOptions options =
          GenerationOptions.builder().logitBias(Map.of(ToyTokenizer.END, 100f)).build();
      GenerationResult result = model.generate(options, 1).await();
      assertThat(result.tokens()).containsExactly(ToyTokenizer.END);
      assertThat(result.text()).isEmpty();
      assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
      GenerationOptions ignoring = options.toBuilder().ignoreEndOfSequence(true).build();
      assertThat(model.generate(ignoring, 1).await().tokens()).hasSize(255);
    }
  }

  @Test
  void endsBeforeAStopTextThatSpansTokens() {
    try (ToyModel model = ToyModel.roomy()) {
      GenerationOptions options = ToyModel.tokens(30).logitBias(letters()).build();
      String text = model.generate(options, 4).text();
      String stop = text.substring(10, 14);
      GenerationResult result =
          model.generate(options.toBuilder().stop(List.of("?", stop)).build(), 4).await();
      assertThat(result.text()).isEqualTo(text.substring(0, text.indexOf(stop)));
      assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(result.tokens()).hasSize(text.indexOf(stop) + 4);
    }
  }

  private static Map<Integer, Float> letters() {
    return Map.of(
        52, -99f, 53, -99f, 54, -99f, 55, -99f, ToyTokenizer.BEGIN, -99f, ToyTokenizer.END, -99f);
  }

  @Test
  void textHeldBackComesOutAtTheEnd() {
    try (ToyModel model = ToyModel.roomy()) {
      GenerationOptions options = ToyModel.tokens(6).logitBias(letters()).build();
      String text = model.generate(options, 4).text();
      GenerationOptions stopping =
          options.toBuilder().stop(List.of(text.substring(3) + "?")).build();
      Generation generation = model.generate(stopping, 4);
      assertThat(generation.text()).isEqualTo(text);
      assertThat(texts(generation))
          .containsExactly(
              text.substring(0, 1), text.substring(1, 2), text.substring(2, 3), text.substring(3));
    }
  }

  private static List<String> texts(Generation generation) {
    List<String> texts = new ArrayList<>();
    generation.forEach(chunk -> texts.add(chunk.text()));
    return texts;
  }

  @Test
  void endsWhenTheContextIsFull() {
    try (ToyModel model = new ToyModel(40, 64, 4, 64)) {
      GenerationOptions options = ToyModel.tokens(100).build();
      GenerationResult result = model.generate(options, ToyModel.prompt(30)).await();
      assertThat(result.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
      assertThat(result.tokens()).isEqualTo(model.alone(options, ToyModel.prompt(30))).hasSize(10);
      GenerationOptions exact = ToyModel.tokens(10).build();
      assertThat(model.generate(exact, ToyModel.prompt(30)).await().finishReason())
          .isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void theCacheLimitsTheContextToo() {
    try (ToyModel model = new ToyModel(1000, 64, 4, 2)) {
      GenerationResult result = model.generate(ToyModel.tokens(100).build(), 1, 2).await();
      assertThat(result.finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
      assertThat(result.tokens()).hasSize(62);
    }
  }

  @Test
  void noTokensComputesThePromptAlone() {
    try (ToyModel model = new ToyModel(40, 16, 4, 64)) {
      GenerationResult result =
          model.generate(ToyModel.tokens(0).build(), ToyModel.prompt(40)).await();
      assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(result.tokens()).isEmpty();
      assertThat(model.executable.steps).hasValue(3);
      assertThat(model.freeBlocks()).isEqualTo(64);
      assertThat(model.executable.held).isEmpty();
    }
  }

  @Test
  void refusesWhatDoesNotFitBeforeAnyWork() {
    try (ToyModel model = new ToyModel(40, 16, 4, 64)) {
      assertThatThrownBy(() -> model.generate(ToyModel.tokens(1).build(), ToyModel.prompt(40)))
          .isInstanceOfSatisfying(
              ContextLengthException.class,
              e -> {
                assertThat(e.requested()).isEqualTo(40);
                assertThat(e.limit()).isEqualTo(39);
              })
          .hasMessage(
              "prompt: expected at most 39 tokens, found 40; shorten it or load the model with a"
                  + " larger contextLength");
      assertThatThrownBy(() -> model.generate(ToyModel.tokens(0).build(), ToyModel.prompt(41)))
          .isInstanceOf(ContextLengthException.class);
      assertRefused(model, "prompt: expected at least one token, found none");
      assertRefused(model, "prompt: expected token ids 0 to 60, found 61 at index 1", 0, 61);
      assertRefused(model, "prompt: expected token ids 0 to 60, found -1 at index 0", -1);
      GenerationOptions bias = GenerationOptions.builder().logitBias(Map.of(61, 1f)).build();
      assertThatThrownBy(() -> model.generate(bias, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("logitBias: expected token ids 0 to 60, found 61");
      assertThat(model.executable.steps).hasValue(0);
    }
  }

  private static void assertRefused(ToyModel model, String message, int... prompt) {
    assertThatThrownBy(() -> model.generate(GenerationOptions.DEFAULT, prompt))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void requestsWaitInOrderForTheCache() {
    try (ToyModel model = new ToyModel(128, 64, 8, 4)) {
      ConcurrentLinkedQueue<String> steps = new ConcurrentLinkedQueue<>();
      Gate gate = new Gate();
      model.executable.before(
          batch -> {
            steps.add(rows(batch));
            gate.accept(batch);
          });
      Generation threeBlocks = model.generate(ToyModel.tokens(2).build(), ToyModel.prompt(95));
      gate.awaitStep();
      Generation fourBlocks = model.generate(ToyModel.tokens(2).build(), ToyModel.prompt(126));
      Generation oneBlock = model.generate(ToyModel.tokens(2).build(), 1);
      gate.open();
      threeBlocks.await();
      fourBlocks.await();
      oneBlock.await();
      assertThat(steps).containsExactly("64", "31", "1", "64", "62", "1", "1", "1");
      assertThat(model.freeBlocks()).isEqualTo(4);
    }
  }

  @Test
  void noMoreThanMaxSequencesAtATime() {
    try (ToyModel model = new ToyModel(128, 64, 3, 64)) {
      ConcurrentLinkedQueue<Integer> segments = new ConcurrentLinkedQueue<>();
      model.executable.before(batch -> segments.add(batch.numSegments()));
      List<Generation> all = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        all.add(model.generate(ToyModel.tokens(5).build(), i));
      }
      all.forEach(Generation::await);
      assertThat(segments).allMatch(n -> n <= 3);
    }
  }

  @Test
  void logProbabilitiesComeOneATokenInChunksAndResult() {
    try (ToyModel model = ToyModel.roomy()) {
      GenerationOptions options = ToyModel.tokens(40).logProbabilities(2).build();
      Generation generation = model.generate(options, 9, 8);
      GenerationResult result = generation.await();
      List<TokenLogProbability> streamed = new ArrayList<>();
      for (Chunk chunk : generation) {
        streamed.addAll(chunk.logProbabilities());
      }
      assertThat(streamed).isEqualTo(result.logProbabilities());
      assertThat(streamed).extracting(TokenLogProbability::id).isEqualTo(result.tokens());
      assertThat(streamed).allMatch(one -> one.top().getFirst().id() == one.id());
    }
  }

  @Test
  void timingsAddUp() {
    try (ToyModel model = ToyModel.roomy()) {
      long start = System.nanoTime();
      GenerationResult result = model.generate(ToyModel.tokens(5).build(), 1).await();
      Duration total = Duration.ofNanos(System.nanoTime() - start);
      assertThat(result.timings().queued()).isPositive();
      assertThat(result.timings().prefill()).isPositive();
      assertThat(result.timings().decode()).isPositive();
      assertThat(result.timings().timeToFirstToken().plus(result.timings().decode()))
          .isLessThanOrEqualTo(total);
    }
  }
}

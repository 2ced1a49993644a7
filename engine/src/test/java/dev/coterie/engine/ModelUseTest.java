// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.ChatMessage;
import dev.coterie.Chunk;
import dev.coterie.ContextLengthException;
import dev.coterie.FinishReason;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.Generator;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.Prompt;
import dev.coterie.spi.DataType;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A model in use: by many threads, read in every way, cancelled, closed. */
@Timeout(120)
class ModelUseTest {
  private static final GenerationOptions LONG =
      GenerationOptions.builder().maxTokens(400).ignoreEndOfSequence(true).build();

  @TempDir static Path directory;
  private static Path file;

  @BeforeAll
  static void write() {
    file = RandomModels.write(directory.resolve("model.gguf"), ModelShape.llama(DataType.Q8_0), 1);
  }

  private static LoadOptions.Builder options() {
    return Models.tier("vector").threads(1);
  }

  private static Prompt prompt(int length) {
    return new Prompt.Tokens(IntStream.range(0, length).map(i -> 37 * i % 300).toArray());
  }

  @Test
  void everyThreadGetsWhatItGetsAlone() {
    try (Model model = Models.load(file, options())) {
      List<GenerationOptions> requests = new ArrayList<>();
      List<List<Integer>> alone = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        GenerationOptions.Builder request = GenerationOptions.builder().maxTokens(20 + i);
        requests.add(i % 2 == 0 ? request.build() : request.temperature(1).seed((long) i).build());
        alone.add(tokens(model.generator().generate(prompt(1 + 9 * i), requests.get(i))));
      }
      List<CompletableFuture<List<Integer>>> together = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        int request = i;
        together.add(
            CompletableFuture.supplyAsync(
                () ->
                    tokens(
                        model
                            .generator()
                            .generate(prompt(1 + 9 * request), requests.get(request)))));
      }
      assertThat(together.stream().map(CompletableFuture::join).toList()).isEqualTo(alone);
    }
  }

  private static List<Integer> tokens(Generation generation) {
    return generation.await().tokens();
  }

  /** Chooses a whole batch's worth of waiting, and one place at a time. */
  @Test
  void moreGenerationsThanPlacesWaitForOneAnother() {
    try (Model model = Models.load(file, options().maxSequences(1).maxBatchTokens(8))) {
      GenerationOptions short_ = GenerationOptions.builder().maxTokens(5).build();
      List<Generation> all =
          IntStream.range(0, 10)
              .mapToObj(i -> model.generator().generate(prompt(30), short_))
              .toList();
      List<List<Integer>> tokens = all.stream().map(ModelUseTest::tokens).toList();
      assertThat(tokens).allMatch(tokens.getFirst()::equals);
    }
  }

  @Test
  void iteratorPublisherAndResultAgree() throws Exception {
    try (Model model = Models.load(file, options())) {
      GenerationOptions options = LONG.toBuilder().maxTokens(80).logProbabilities(2).build();
      Generation generation = model.generator().generate(prompt(20), options);
      CompletableFuture<List<Chunk>> published = subscribe(generation);
      List<Chunk> iterated = new ArrayList<>();
      generation.forEach(iterated::add);
      GenerationResult result = generation.result().toCompletableFuture().get(60, TimeUnit.SECONDS);
      assertThat(published.get(60, TimeUnit.SECONDS)).isEqualTo(iterated);
      assertThat(subscribe(generation).get(60, TimeUnit.SECONDS)).isEqualTo(iterated);
      StringBuilder text = new StringBuilder();
      iterated.forEach(chunk -> text.append(chunk.text()));
      assertThat(text).hasToString(result.text());
      assertThat(iterated.stream().flatMap(chunk -> chunk.logProbabilities().stream()).toList())
          .isEqualTo(result.logProbabilities())
          .hasSize(80);
      assertThat(generation.await()).isEqualTo(result);
      assertThat(generation.text()).isEqualTo(result.text());
    }
  }

  private static CompletableFuture<List<Chunk>> subscribe(Generation generation) {
    CompletableFuture<List<Chunk>> end = new CompletableFuture<>();
    List<Chunk> chunks = new ArrayList<>();
    generation
        .publisher()
        .subscribe(
            new Flow.Subscriber<>() {
              @Override
              public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
              }

              @Override
              public void onNext(Chunk chunk) {
                chunks.add(chunk);
              }

              @Override
              public void onError(Throwable e) {
                end.completeExceptionally(e);
              }

              @Override
              public void onComplete() {
                end.complete(chunks);
              }
            });
    return end;
  }

  /** Plain loops in double precision, a row a step: 300 rows take far longer than this thread. */
  @Test
  void cancelAndDeadlineReachIntoPrefill() {
    LoadOptions.Builder slow = LoadOptions.builder().backend("reference").maxBatchTokens(1);
    try (Model model = Models.load(file, slow)) {
      Generation generation = model.generator().generate(prompt(300), LONG);
      Generation waiting = model.generator().generate(prompt(300), LONG);
      waiting.cancel();
      generation.cancel();
      for (Generation cancelled : List.of(generation, waiting)) {
        assertThat(cancelled.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(cancelled.await().tokens()).isEmpty();
        assertThat(cancelled.await().promptTokens()).isEqualTo(300);
      }
      GenerationOptions brief = LONG.toBuilder().timeout(Duration.ofMillis(2)).build();
      GenerationResult late = model.generator().generate(prompt(300), brief).await();
      assertThat(late.finishReason()).isEqualTo(FinishReason.TIMEOUT);
      assertThat(late.tokens()).isEmpty();
    }
  }

  @Test
  void closeCancelsWhatIsUnderWayAndWhatWaits() {
    Model model = Models.load(file, options().maxSequences(1));
    Generation running = model.generator().generate(prompt(5), LONG);
    Generation waiting = model.generator().generate(prompt(5), LONG);
    Iterator<Chunk> chunks = running.iterator();
    assertThat(chunks.hasNext()).isTrue();
    model.close();
    assertThat(waiting.await().finishReason()).isIn(FinishReason.CANCELLED, FinishReason.LENGTH);
    GenerationResult result = running.await();
    assertThat(result.finishReason()).isIn(FinishReason.CANCELLED, FinishReason.LENGTH);
    assertThat(result.tokens()).isNotEmpty();
    StringBuilder text = new StringBuilder();
    chunks.forEachRemaining(chunk -> text.append(chunk.text()));
    assertThat(text).hasToString(result.text());
    running.cancel();
    model.close();
  }

  @Test
  void closeWhileOthersCallNeverCrashes() {
    for (int round = 0; round < 20; round++) {
      Model model = Models.load(file, options());
      List<CompletableFuture<FinishReason>> callers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int length = 1 + i;
        callers.add(
            CompletableFuture.supplyAsync(
                () -> {
                  while (true) {
                    try {
                      model.score(new int[] {1, 2, 3}, length, (position, logits) -> {});
                      Generation generation = model.generator().generate(prompt(length), LONG);
                      FinishReason reason = generation.await().finishReason();
                      if (reason != FinishReason.LENGTH) {
                        return reason;
                      }
                    } catch (IllegalStateException e) {
                      assertThat(e).hasMessage("model is closed");
                      return FinishReason.CANCELLED;
                    }
                  }
                }));
      }
      model.generator().generate(prompt(round + 1), LONG).iterator().next();
      model.close();
      assertThat(callers.stream().map(CompletableFuture::join))
          .containsOnly(FinishReason.CANCELLED);
    }
  }

  @Test
  void useAfterCloseIsRefusedByEveryMethodThatComputes() {
    Model model = Models.load(file, options());
    Generator generator = model.generator();
    String device = model.device();
    model.close();
    List<Runnable> calls =
        List.of(
            () -> generator.generate("a"),
            () -> generator.generate("a", LONG),
            () -> generator.generate(prompt(1), LONG),
            () -> generator.generate(prompt(100_000), LONG),
            () -> generator.generate(List.of(ChatMessage.user("a")), LONG),
            () -> model.generator().generate("a"),
            () -> model.score(new int[] {1}, 1, (position, logits) -> {}));
    for (Runnable call : calls) {
      assertThatThrownBy(call::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("model is closed");
    }
    // what needs no device stays
    assertThat(model.tokenizer().decode(model.tokenizer().encode("the cat"))).isEqualTo("the cat");
    assertThat(model.info().architecture()).isEqualTo("llama");
    assertThat(model.info().tensors()).isNotEmpty();
    assertThat(model.contextLength()).isEqualTo(512);
    assertThat(model.device()).isEqualTo(device);
  }

  @Test
  void whatDoesNotFitTheContextIsRefusedBeforeAnyWork() {
    try (Model model = Models.load(file, options().contextLength(64))) {
      String message =
          "prompt: expected at most 63 tokens, found 64; shorten it or load the model with a larger"
              + " contextLength";
      assertThatThrownBy(() -> model.generator().generate(prompt(64), LONG))
          .isInstanceOfSatisfying(
              ContextLengthException.class,
              e -> {
                assertThat(e.requested()).isEqualTo(64);
                assertThat(e.limit()).isEqualTo(63);
              })
          .hasMessage(message);
      assertThat(tokens(model.generator().generate(prompt(63), LONG))).hasSize(1);
      GenerationOptions none = GenerationOptions.builder().maxTokens(0).build();
      assertThat(tokens(model.generator().generate(prompt(64), none))).isEmpty();
      assertThatThrownBy(() -> model.score(new int[65], 8, (position, logits) -> {}))
          .isInstanceOf(ContextLengthException.class)
          .hasMessageStartingWith("prompt: expected at most 64 tokens, found 65");
      assertThatThrownBy(() -> model.score(new int[] {1, 320}, 8, (position, logits) -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("tokens: expected token ids 0 to 319, found 320 at index 1");
      assertThatThrownBy(() -> model.score(new int[] {1}, 0, (position, logits) -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("chunk: expected at least 1, found 0");
    }
  }

  @Test
  void conversationsGoThroughTheModelsOwnFormat() {
    try (Model model = Models.load(file, options())) {
      String rendered = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n";
      int[] ids = model.tokenizer().encode(rendered, true);
      GenerationOptions options = LONG.toBuilder().maxTokens(10).build();
      Generation chat = model.generator().generate(List.of(ChatMessage.user("Hi")), options);
      assertThat(chat.await().promptTokens()).isEqualTo(ids.length);
      assertThat(tokens(chat))
          .isEqualTo(tokens(model.generator().generate(new Prompt.Tokens(ids), options)));
    }
  }
}

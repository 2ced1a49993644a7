// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.ContextLengthException;
import dev.coterie.CoterieException;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.LogitsConsumer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ScoreTest {
  private static final LogitsConsumer NOBODY = (position, logits) -> {};

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 32, 100, 1_000_000})
  void givesTheLogitsOfEveryPosition(int chunk) {
    try (ToyModel model = new ToyModel(128, 40, 4, 4)) {
      int[] tokens = ToyModel.prompt(100);
      AtomicInteger next = new AtomicInteger();
      ConcurrentLinkedQueue<Integer> rows = new ConcurrentLinkedQueue<>();
      model.executable.before(batch -> rows.add(batch.numRows()));
      Thread caller = Thread.currentThread();
      model.loop.score(
          tokens,
          chunk,
          (position, logits) -> {
            assertThat(position).isEqualTo(next.getAndIncrement());
            assertThat(logits.isReadOnly()).isTrue();
            float[] found = new float[logits.remaining()];
            logits.get(found);
            assertThat(found).isEqualTo(ToyExecutable.logits(tokens, position + 1));
            assertThat(Thread.currentThread()).isSameAs(caller);
          });
      assertThat(next).hasValue(100);
      assertThat(rows).allMatch(n -> n <= Math.min(chunk, 40));
      assertAllBlocksComeBack(model);
    }
  }

  private static void assertAllBlocksComeBack(ToyModel model) {
    model.generate(ToyModel.tokens(0).build(), ToyModel.prompt(128)).await(); // needs all of them
    assertThat(model.freeBlocks()).isEqualTo(4);
  }

  @Test
  void generationsGoOnWhileTheConsumerIsBusy() {
    try (ToyModel model = new ToyModel(256, 64, 4, 16)) {
      GenerationOptions options = ToyModel.tokens(20).build();
      List<Integer> expected = model.alone(options, 5);
      AtomicInteger calls = new AtomicInteger();
      model.loop.score(
          ToyModel.prompt(20),
          7,
          (position, logits) -> {
            float first = logits.get(0);
            assertThat(model.generate(options, 5).await().tokens()).isEqualTo(expected);
            assertThat(logits.get(0)).isEqualTo(first);
            calls.incrementAndGet();
          });
      assertThat(calls).hasValue(20);
    }
  }

  @Test
  void scoresAndGenerationsRunBesideEachOther() throws Exception {
    try (ToyModel model = new ToyModel(256, 16, 4, 16)) {
      List<CompletableFuture<Void>> scores = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int[] tokens = ToyModel.prompt(50 + i);
        scores.add(
            CompletableFuture.runAsync(
                () ->
                    model.loop.score(
                        tokens,
                        8,
                        (position, logits) ->
                            assertThat(logits.get(1))
                                .isEqualTo(ToyExecutable.logits(tokens, position + 1)[1]))));
      }
      GenerationOptions options = ToyModel.tokens(60).build();
      Generation generation = model.generate(options, 2);
      assertThat(generation.await().tokens()).isEqualTo(model.alone(options, 2));
      for (CompletableFuture<Void> score : scores) {
        score.get(30, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void whatTheConsumerThrowsComesOut() {
    try (ToyModel model = new ToyModel(128, 16, 4, 4)) {
      IllegalStateException thrown = new IllegalStateException("enough");
      for (int last : new int[] {0, 3, 99}) {
        assertThatThrownBy(
                () ->
                    model.loop.score(
                        ToyModel.prompt(100),
                        4,
                        (position, logits) -> {
                          if (position == last) {
                            throw thrown;
                          }
                        }))
            .isSameAs(thrown);
        assertAllBlocksComeBack(model);
      }
    }
  }

  @Test
  void aFailureComesOut() {
    try (ToyModel model = new ToyModel(128, 16, 4, 4)) {
      model.executable.before(
          batch -> {
            if (batch.position(0) == 8) {
              throw new OutOfMemoryError("device");
            }
          });
      List<Integer> positions = new ArrayList<>();
      assertThatThrownBy(
              () ->
                  model.loop.score(
                      ToyModel.prompt(20), 4, (position, logits) -> positions.add(position)))
          .isExactlyInstanceOf(CoterieException.class)
          .hasMessage("the computation failed: java.lang.OutOfMemoryError: device")
          .hasCauseInstanceOf(OutOfMemoryError.class);
      assertThat(positions).hasSize(8);
      assertAllBlocksComeBack(model);
    }
  }

  @Test
  void closeEndsIt() {
    ToyModel model = ToyModel.roomy();
    assertThatThrownBy(
            () ->
                model.loop.score(ToyModel.prompt(20), 4, (position, logits) -> model.loop.close()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("model is closed");
    assertThatThrownBy(() -> model.loop.score(new int[] {1}, 4, NOBODY))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("model is closed");
  }

  @Test
  void anInterruptEndsIt() {
    try (ToyModel model = new ToyModel(128, 16, 4, 4)) {
      Gate gate = new Gate();
      model.executable.before(gate);
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> model.loop.score(ToyModel.prompt(20), 4, NOBODY))
          .isInstanceOf(CoterieException.class)
          .hasMessage("interrupted while waiting for the model");
      assertThat(Thread.interrupted()).isTrue();
      gate.open();
      assertAllBlocksComeBack(model);
    }
  }

  @Test
  void refusesWhatItCannotScore() {
    try (ToyModel model = new ToyModel(128, 16, 4, 4)) {
      assertThatThrownBy(() -> model.loop.score(new int[0], 1, NOBODY))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("tokens: expected at least one token, found none");
      assertThatThrownBy(() -> model.loop.score(new int[] {1}, 0, NOBODY))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("chunk: expected at least 1, found 0");
      assertThatThrownBy(() -> model.loop.score(new int[] {61}, 1, NOBODY))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("tokens: expected token ids 0 to 60, found 61 at index 0");
      assertThatThrownBy(() -> model.loop.score(ToyModel.prompt(129), 1, NOBODY))
          .isInstanceOf(ContextLengthException.class);
    }
  }
}

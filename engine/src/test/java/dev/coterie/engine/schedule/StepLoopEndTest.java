// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.Chunk;
import dev.coterie.CoterieException;
import dev.coterie.FinishReason;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Cancellation, deadlines, failures and close. */
@Timeout(60)
class StepLoopEndTest {
  private static final GenerationOptions MANY = ToyModel.tokens(200).build();

  @Test
  void cancelsWithinOneStepAndKeepsWhatThereIs() {
    try (ToyModel model = ToyModel.roomy()) {
      Gate gate = new Gate();
      model.executable.before(gate);
      Generation generation = model.generate(MANY, 1);
      gate.pass(3);
      for (int i = 0; i < 4; i++) {
        gate.awaitStep();
      }
      generation.cancel();
      gate.open();
      GenerationResult result = generation.await();
      assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(result.tokens()).isEqualTo(model.alone(ToyModel.tokens(3).build(), 1));
      assertThat(result.text()).isEqualTo(model.text(result.tokens()));
      assertThat(model.executable.steps).hasValue(4);
      assertThat(model.freeBlocks()).isEqualTo(64);
      assertThat(model.executable.held).isEmpty();
      generation.cancel();
      assertThat(generation.await()).isSameAs(result);
    }
  }

  @Test
  void cancelsInPrefill() {
    try (ToyModel model = new ToyModel(256, 8, 4, 64)) {
      Gate gate = new Gate();
      model.executable.before(gate);
      Generation generation = model.generate(MANY, ToyModel.prompt(50));
      gate.awaitStep();
      generation.cancel();
      gate.open();
      assertThat(generation.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(generation.await().timings().decode()).isZero();
      assertThat(model.executable.steps).hasValue(1);
    }
  }

  @Test
  void cancelsInTheQueue() {
    try (ToyModel model = new ToyModel(256, 8, 1, 64)) {
      Gate gate = new Gate();
      model.executable.before(gate);
      Generation first = model.generate(MANY, 1);
      gate.awaitStep();
      Generation second = model.generate(MANY, 2);
      second.cancel();
      gate.pass(1);
      GenerationResult result = second.await();
      assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(result.tokens()).isEmpty();
      assertThat(result.timings().prefill()).isZero();
      gate.open();
      assertThat(first.await().tokens()).isEqualTo(model.alone(MANY, 1));
    }
  }

  @Test
  void deadlineEndsWhatWaitsInTheQueue() {
    try (ToyModel model = new ToyModel(256, 8, 1, 64)) {
      Gate gate = new Gate();
      model.executable.before(gate);
      Generation first = model.generate(MANY, 1);
      gate.awaitStep();
      Generation second = model.generate(MANY.toBuilder().timeout(Duration.ofNanos(1)).build(), 2);
      gate.pass(1);
      assertThat(second.await().finishReason()).isEqualTo(FinishReason.TIMEOUT);
      gate.open();
      assertThat(first.await().finishReason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void deadlineEndsPrefillAndDecode() {
    Duration timeout = Duration.ofMillis(100);
    for (int slowStep : new int[] {1, 9}) { // the prompt takes 7 steps
      try (ToyModel model = new ToyModel(256, 8, 4, 64)) {
        AtomicLong overdue = new AtomicLong(Long.MAX_VALUE);
        AtomicInteger step = new AtomicInteger();
        model.executable.before(
            batch -> {
              while (step.get() == slowStep - 1 && System.nanoTime() < overdue.get()) {
                Thread.onSpinWait();
              }
              step.incrementAndGet();
            });
        Generation generation =
            model.generate(MANY.toBuilder().timeout(timeout).build(), ToyModel.prompt(50));
        overdue.set(System.nanoTime() + timeout.toNanos());
        assertThat(generation.await().finishReason()).isEqualTo(FinishReason.TIMEOUT);
        assertThat(step.get()).isLessThanOrEqualTo(slowStep);
        assertThat(model.freeBlocks()).isEqualTo(64);
        assertThat(model.executable.held).isEmpty();
      }
    }
  }

  @Test
  void anEndlessTimeoutIsNone() {
    try (ToyModel model = ToyModel.roomy()) {
      GenerationOptions options =
          ToyModel.tokens(3).timeout(Duration.ofSeconds(Long.MAX_VALUE)).build();
      assertThat(model.generate(options, 1).await().finishReason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void aFailureEndsOnlyTheGenerationsOfItsStep() {
    for (Throwable failure :
        new Throwable[] {new OutOfMemoryError("heap"), new IllegalStateException("device lost")}) {
      try (ToyModel model = new ToyModel(256, 8, 4, 64)) {
        Gate gate = new Gate();
        model.executable.before(
            batch -> {
              gate.accept(batch);
              if (batch.token(0) == 7 && batch.position(0) == 0) {
                ToyModel.<RuntimeException>raise(failure);
              }
            });
        Generation failing = model.generate(MANY, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7);
        Generation other = model.generate(MANY, 1, 2, 3);
        gate.open();
        assertThatThrownBy(failing::await)
            .isExactlyInstanceOf(CoterieException.class)
            .hasMessage("the computation failed: " + failure)
            .hasCause(failure);
        assertThat(other.await().tokens()).isEqualTo(model.alone(MANY, 1, 2, 3));
        assertThat(model.generate(MANY, 8).await().tokens()).isEqualTo(model.alone(MANY, 8));
        assertThat(model.freeBlocks()).isEqualTo(64);
        assertThat(model.executable.held).isEmpty();
      }
    }
  }

  @Test
  void readersSeeTheChunksBeforeAFailure() {
    try (ToyModel model = ToyModel.roomy()) {
      model.executable.before(
          batch -> {
            if (model.executable.steps.get() == 4) {
              throw new IllegalStateException("device lost");
            }
          });
      Generation generation = model.generate(ToyModel.tokens(9).build(), 1);
      Iterator<Chunk> chunks = generation.iterator();
      String text = model.text(model.alone(ToyModel.tokens(3).build(), 1));
      assertThat(chunks.next().text()).isEqualTo(text.substring(0, 1));
      assertThat(chunks.next().text()).isEqualTo(text.substring(1, 2));
      assertThat(chunks.next().text()).isEqualTo(text.substring(2, 3));
      assertThatThrownBy(chunks::hasNext)
          .isInstanceOf(CoterieException.class)
          .hasMessageContaining("device lost");
    }
  }

  @Test
  void wrongLogitsEndOnlyTheirGeneration() {
    try (ToyModel model = ToyModel.roomy()) {
      Gate gate = new Gate();
      model.executable.before(gate);
      model.executable.poison(33);
      GenerationOptions options = ToyModel.tokens(1).build();
      Generation first = model.generate(options, 0);
      gate.awaitStep();
      Generation poisoned = model.generate(options, 1, 33);
      Generation sound = model.generate(options, 1, 2);
      gate.open();
      first.await();
      assertThatThrownBy(poisoned::await)
          .hasMessageContaining("logits: expected finite numbers, found NaN for token 60");
      assertThat(sound.await().tokens()).isEqualTo(model.alone(options, 1, 2));
    }
  }

  @Test
  void closeCancelsEverythingAndWaitsForTheStep() throws Exception {
    ToyModel model = new ToyModel(256, 8, 1, 64);
    Gate gate = new Gate();
    model.executable.before(gate);
    Generation running = model.generate(MANY, 1);
    gate.awaitStep();
    Generation queued = model.generate(MANY, 2);
    CompletableFuture<Integer> closed =
        CompletableFuture.supplyAsync(
            () -> {
              model.close();
              return model.executable.steps.get();
            });
    while (isOpen(model)) {
      Thread.onSpinWait();
    }
    assertThat(closed).isNotDone();
    gate.open();
    assertThat(closed.get(30, TimeUnit.SECONDS)).isEqualTo(1);
    assertThat(running.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(queued.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(model.freeBlocks()).isEqualTo(64);
    assertThat(model.executable.held).isEmpty();
    assertThatThrownBy(() -> model.generate(MANY, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("model is closed");
    model.close();
  }

  private static boolean isOpen(ToyModel model) {
    try {
      model.generate(ToyModel.tokens(0).build(), 1).cancel();
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  @Test
  void closeKeepsTheInterrupt() {
    ToyModel model = ToyModel.roomy();
    Thread.currentThread().interrupt();
    model.close();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void closeMayBeCalledByACallback() throws Exception {
    ToyModel model = ToyModel.roomy();
    Generation generation = model.generate(ToyModel.tokens(3).build(), 1);
    generation.result().thenRun(model::close).toCompletableFuture().get(30, TimeUnit.SECONDS);
    assertThatThrownBy(() -> model.generate(MANY, 1)).hasMessage("model is closed");
  }

  @Test
  void anInterruptedReaderLeavesTheGenerationAlone() throws Exception {
    try (ToyModel model = ToyModel.roomy()) {
      Gate gate = new Gate();
      model.executable.before(gate);
      Generation generation = model.generate(MANY, 1);
      for (Runnable reading :
          new Runnable[] {generation::await, () -> generation.iterator().hasNext()}) {
        CountDownLatch started = new CountDownLatch(1);
        CompletableFuture<String> outcome = new CompletableFuture<>();
        Thread reader =
            Thread.ofPlatform()
                .start(
                    () -> {
                      started.countDown();
                      try {
                        reading.run();
                      } catch (CoterieException e) {
                        outcome.complete(e.getMessage() + Thread.currentThread().isInterrupted());
                      }
                    });
        started.await();
        reader.interrupt();
        assertThat(outcome.get(30, TimeUnit.SECONDS))
            .isEqualTo("interrupted while waiting for the model" + true);
      }
      gate.open();
      assertThat(generation.await().tokens()).isEqualTo(model.alone(MANY, 1));
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.Chunk;
import dev.coterie.CoterieException;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ChunkPublisherTest {
  private static final GenerationOptions FIVE =
      GenerationOptions.builder().maxTokens(5).logitBias(Map.of(7, 99f)).build();

  /** Writes down every signal; "overlap" if two come at once. */
  private static class Recorder implements Flow.Subscriber<Chunk> {
    final BlockingQueue<String> signals = new LinkedBlockingQueue<>();
    final CountDownLatch subscribed = new CountDownLatch(1);
    private final AtomicBoolean busy = new AtomicBoolean();
    Flow.@Nullable Subscription subscription;

    Flow.Subscription subscription() throws InterruptedException {
      subscribed.await();
      assertThat(subscription).isNotNull();
      return subscription;
    }

    private void record(String signal) {
      signals.add(busy.compareAndSet(false, true) ? signal : "overlap");
      assertThat(Thread.currentThread().isVirtual()).isTrue();
      busy.set(false);
    }

    @Override
    public void onSubscribe(Flow.Subscription s) {
      subscription = s;
      record("subscribed");
      subscribed.countDown();
    }

    @Override
    public void onNext(Chunk chunk) {
      record(chunk.text());
    }

    @Override
    public void onError(Throwable e) {
      record(e.getClass().getSimpleName() + ": " + e.getMessage());
    }

    @Override
    public void onComplete() {
      record("complete");
    }

    void expect(String... expected) throws InterruptedException {
      List<@Nullable String> found = new ArrayList<>();
      for (int i = 0; i < expected.length; i++) {
        found.add(signals.poll(30, TimeUnit.SECONDS));
      }
      assertThat(found).containsExactly(expected);
    }
  }

  private static Recorder subscribe(Generation generation) {
    Recorder recorder = new Recorder();
    generation.publisher().subscribe(recorder);
    return recorder;
  }

  @Test
  void givesWhatIsAskedFor() throws Exception {
    try (ToyModel model = ToyModel.roomy()) {
      Gate gate = new Gate();
      model.executable.before(gate);
      Generation generation = model.generate(FIVE, 1);
      Recorder early = subscribe(generation);
      early.expect("subscribed");
      early.subscription().request(2);
      gate.pass(1);
      early.expect("h");
      gate.open();
      early.expect("h");
      generation.await();
      Recorder late = subscribe(generation);
      late.expect("subscribed");
      late.subscription().request(Long.MAX_VALUE);
      late.subscription().request(Long.MAX_VALUE);
      late.expect("h", "h", "h", "h", "h", "complete");
      assertThat(early.signals).isEmpty();
      early.subscription().request(3);
      early.expect("h", "h", "h", "complete");
      early.subscription().request(1);
      early.subscription().request(-1);
      early.subscription().cancel();
      assertThat(early.signals).isEmpty();
    }
  }

  @Test
  void endsWithoutDemandWhereNothingIsLeft() throws Exception {
    try (ToyModel model = ToyModel.roomy()) {
      Generation empty = model.generate(ToyModel.tokens(0).build(), 1);
      subscribe(empty).expect("subscribed", "complete");
    }
  }

  @Test
  void refusesDemandBelowOne() throws Exception {
    try (ToyModel model = ToyModel.roomy()) {
      Generation generation = model.generate(FIVE, 1);
      for (long wrong : new long[] {0, -1, Long.MIN_VALUE}) {
        Recorder recorder = subscribe(generation);
        recorder.expect("subscribed");
        recorder.subscription().request(wrong);
        recorder.expect(
            "IllegalArgumentException: request: expected at least 1 (rule 3.9), found " + wrong);
        recorder.subscription().request(1);
      }
      assertThat(generation.text()).isEqualTo("hhhhh");
    }
  }

  @Test
  void aCancelledSubscriberHearsNothingMore() throws Exception {
    try (ToyModel model = ToyModel.roomy()) {
      Generation generation = model.generate(FIVE, 1);
      CountDownLatch second = new CountDownLatch(1);
      Recorder recorder =
          new Recorder() {
            @Override
            public void onNext(Chunk chunk) {
              super.onNext(chunk);
              if (signals.size() == 3) {
                Objects.requireNonNull(subscription).cancel();
                second.countDown();
              }
            }
          };
      generation.publisher().subscribe(recorder);
      recorder.subscription().request(Long.MAX_VALUE);
      second.await();
      generation.await();
      Recorder other = subscribe(generation);
      other.subscription().request(9);
      other.expect("subscribed", "h", "h", "h", "h", "h", "complete");
      assertThat(recorder.signals).containsExactly("subscribed", "h", "h");
    }
  }

  @Test
  void aFailureArrivesAsAnError() throws Exception {
    try (ToyModel model = ToyModel.roomy()) {
      model.executable.before(
          batch -> {
            throw new IllegalStateException("device lost");
          });
      Generation generation = model.generate(FIVE, 1);
      subscribe(generation)
          .expect(
              "subscribed",
              "CoterieException: the computation failed: java.lang.IllegalStateException:"
                  + " device lost");
      assertThatThrownBy(() -> generation.result().toCompletableFuture().get())
          .hasCauseInstanceOf(CoterieException.class)
          .hasRootCauseMessage("device lost");
    }
  }

  @Test
  void aThrowingOrBlockingSubscriberHarmsNobody() throws Exception {
    try (ToyModel model = ToyModel.roomy()) {
      Generation generation = model.generate(FIVE, 1);
      CountDownLatch release = new CountDownLatch(1);
      CountDownLatch thrown = new CountDownLatch(1);
      for (boolean block : new boolean[] {true, false}) {
        generation
            .publisher()
            .subscribe(
                new Recorder() {
                  @Override
                  public void onSubscribe(Flow.Subscription s) {
                    s.request(9);
                  }

                  @Override
                  public void onNext(Chunk chunk) {
                    if (block) {
                      awaitQuietly(release);
                    }
                    thrown.countDown();
                    throw new IllegalStateException("thrown by a subscriber, on purpose");
                  }
                });
      }
      thrown.await();
      Recorder good = subscribe(generation);
      good.subscription().request(9);
      good.expect("subscribed", "h", "h", "h", "h", "h", "complete");
      assertThat(model.generate(FIVE, 2).text()).isEqualTo("hhhhh");
      release.countDown();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void refusesNull() {
    try (ToyModel model = ToyModel.roomy()) {
      Flow.Publisher<Chunk> publisher = model.generate(FIVE, 1).publisher();
      assertThatThrownBy(() -> publisher.subscribe(null))
          .isInstanceOf(NullPointerException.class)
          .hasMessage("subscriber");
    }
  }

  @Test
  void callbacksOfTheResultRunElsewhereAndCannotChangeIt() throws Exception {
    try (ToyModel model = ToyModel.roomy()) {
      Gate gate = new Gate();
      model.executable.before(gate);
      Generation generation = model.generate(FIVE, 1);
      List<Boolean> virtual = new ArrayList<>();
      generation.result().toCompletableFuture().cancel(true);
      var after =
          generation
              .result()
              .thenAccept(result -> virtual.add(Thread.currentThread().isVirtual()))
              .toCompletableFuture();
      gate.open();
      after.get(30, TimeUnit.SECONDS);
      assertThat(virtual).containsExactly(true);
      assertThat(generation.result().toCompletableFuture().get()).isSameAs(generation.await());
    }
  }

  @Test
  void noSignalIsLost() throws Exception {
    try (ToyModel model = ToyModel.roomy()) {
      for (int i = 0; i < 2_000; i++) {
        Recorder recorder = subscribe(model.generate(FIVE, 1));
        if (i % 2 == 0) {
          recorder.subscription().request(Long.MAX_VALUE);
        } else {
          for (int n = 0; n < 5; n++) {
            recorder.subscription().request(1);
          }
        }
        recorder.expect("subscribed", "h", "h", "h", "h", "h", "complete");
      }
    }
  }

  @Test
  void everyReaderSeesEverything() throws Exception {
    try (ToyModel model = ToyModel.roomy()) {
      GenerationOptions options = ToyModel.tokens(150).build();
      Generation generation = model.generate(options, 3);
      List<String> texts = new ArrayList<>();
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Runnable read =
            () -> {
              StringBuilder text = new StringBuilder();
              generation.forEach(chunk -> text.append(chunk.text()));
              synchronized (texts) {
                texts.add(text.toString());
              }
            };
        readers.add(i % 2 == 0 ? Thread.ofVirtual().start(read) : Thread.ofPlatform().start(read));
      }
      for (Thread reader : readers) {
        reader.join();
      }
      assertThat(texts).hasSize(8).containsOnly(generation.text());
      assertThat(generation.text()).isEqualTo(model.text(model.alone(options, 3)));
    }
  }
}

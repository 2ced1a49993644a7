// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.Chunk;
import dev.coterie.FinishReason;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An answer's chunks as a reactive stream, from the first for every subscriber.
 *
 * @param answer whose chunks
 */
record ChunkPublisher(Answer answer) implements Flow.Publisher<Chunk> {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkPublisher.class);

  @Override
  public void subscribe(Flow.Subscriber<? super Chunk> subscriber) {
    new Subscription(answer, Objects.requireNonNull(subscriber, "subscriber")).wake();
  }

  /**
   * Serves one subscriber. Whatever may give it something to do counts in {@code work}; who raises
   * the count from 0 starts a thread that serves until the count is 0 again, so the subscriber is
   * called by one thread at a time, and an idle subscription occupies none.
   */
  private static final class Subscription extends WaitList.Waiter
      implements Flow.Subscription, Runnable {
    private final Answer answer;
    private final AtomicInteger work = new AtomicInteger();
    private final AtomicLong demand = new AtomicLong();
    private volatile boolean cancelled;
    private volatile boolean wrongRequest;
    private Answer.Node last;
    private boolean introduced;
    private Flow.@Nullable Subscriber<? super Chunk> subscriber;

    Subscription(Answer answer, Flow.Subscriber<? super Chunk> subscriber) {
      this.answer = answer;
      this.subscriber = subscriber;
      last = answer.head();
    }

    @Override
    void wake() {
      if (work.getAndIncrement() == 0) {
        Callbacks.start(this);
      }
    }

    @Override
    public void request(long n) {
      if (n <= 0) {
        wrongRequest = true;
      } else {
        demand.accumulateAndGet(n, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
      }
      wake();
    }

    @Override
    public void cancel() {
      cancelled = true;
      wake();
    }

    @Override
    public void run() {
      int seen = work.get();
      do {
        try {
          serve();
        } catch (Throwable e) {
          cancelled = true;
          LOG.warn("a subscriber threw; its subscription is cancelled", e);
        }
        if (cancelled) {
          subscriber = null;
        }
        seen = work.addAndGet(-seen);
      } while (seen != 0);
    }

    private void serve() {
      Flow.Subscriber<? super Chunk> target = subscriber;
      if (target == null) {
        return;
      }
      if (!introduced) {
        introduced = true;
        target.onSubscribe(this);
      }
      while (!cancelled) {
        boolean ended = answer.ending() != null; // read first: no chunk comes after the end
        Answer.Node next = last.next();
        if (wrongRequest) {
          cancelled = true;
          target.onError(
              new IllegalArgumentException("request: expected at least 1 (rule 3.9), found less"));
        } else if (next != null) {
          if (demand.get() == 0) {
            return;
          }
          demand.updateAndGet(d -> d == Long.MAX_VALUE ? d : d - 1);
          last = next;
          target.onNext(next.chunk());
        } else if (ended) {
          cancelled = true;
          end(target);
        } else if (!await()) {
          return;
        }
      }
    }

    /** Whether there is something new already; else there will be a wake-up. */
    private boolean await() {
      answer.chunkWaiters().add(this);
      return last.next() != null || answer.ending() != null;
    }

    private void end(Flow.Subscriber<? super Chunk> target) {
      Ending ending = answer.ending();
      if (ending != null && ending.reason() == FinishReason.ERROR) {
        target.onError(Answer.failure(ending));
      } else {
        target.onComplete();
      }
    }
  }
}

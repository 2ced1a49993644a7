// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.FinishReason;
import dev.coterie.LogitsConsumer;
import dev.coterie.spi.Batch;
import dev.coterie.spi.Executable;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A sequence whose logits a caller wants, from some position on. The loop computes one chunk into a
 * batch that belongs to this sequence alone and hands it to the caller's thread, which gives the
 * rows to the consumer and hands the batch back: one chunk is in memory at a time, and a consumer
 * that is slow or throws concerns nobody else.
 */
final class ScoreSequence extends Sequence {
  private final int first;
  private final int chunk;
  private final int vocabulary;
  private final Batch batch;
  private final Runnable wakeLoop;
  private final WaitList waiters = new WaitList();
  private volatile int numReady; // rows that the caller has to read; 0 when it is the loop's turn
  private volatile boolean abandoned;
  private volatile @Nullable FinishReason reason;
  private volatile @Nullable Throwable error;

  /**
   * A sequence that is to be queued.
   *
   * @param tokens its tokens
   * @param first the first position whose logits are wanted
   * @param chunk how many rows with logits a step
   * @param rows how many rows without
   * @param vocabulary logits a row
   * @param wakeLoop makes the loop look at what changed
   */
  ScoreSequence(int[] tokens, int first, int chunk, int rows, int vocabulary, Runnable wakeLoop) {
    super(tokens, 0);
    this.first = first;
    this.chunk = chunk;
    this.vocabulary = vocabulary;
    this.wakeLoop = wakeLoop;
    batch = new Batch(Math.min(Math.max(chunk, rows), tokens.length));
  }

  @Override
  int mostTokens() {
    return numTokens();
  }

  @Override
  long deadline() {
    return NEVER;
  }

  @Override
  boolean cancelled() {
    return abandoned;
  }

  /** Whether it is the loop's turn. */
  boolean wantsStep() {
    return numReady == 0;
  }

  /** Computes the next chunk and hands its logits over, if it has some. */
  void step(Executable executable) {
    boolean wanted = numComputed() >= first;
    int left = wanted ? Math.min(chunk, numTokens() - numComputed()) : first - numComputed();
    int rows = Math.min(batch.maxRows(), left);
    batch.clear();
    plan(batch, rows, wanted, wanted, null);
    executable.run(batch);
    computed(rows);
    if (wanted) {
      numReady = rows;
      waiters.wakeAll();
    }
  }

  @Override
  void ended(FinishReason how, @Nullable Throwable failure, long now) {
    error = failure;
    reason = how;
    waiters.wakeAll();
  }

  /** Reads all wanted rows; by the caller's thread. */
  void read(LogitsConsumer consumer) {
    try {
      ThreadWaiter waiter = new ThreadWaiter();
      int position = first;
      while (position < numTokens()) {
        waiter.await(waiters, () -> numReady > 0 || reason != null);
        int rows = numReady;
        if (rows == 0) {
          throw ending();
        }
        float[] logits = batch.logits(vocabulary);
        for (int row = 0; row < rows; row++) {
          FloatBuffer view = FloatBuffer.wrap(logits, row * vocabulary, vocabulary).slice();
          consumer.accept(position++, view.asReadOnlyBuffer());
        }
        if (position < numTokens()) {
          numReady = 0;
          wakeLoop.run();
        }
      }
      waiter.await(waiters, () -> reason != null); // its cache is free again
    } finally {
      if (reason == null) {
        abandoned = true;
        wakeLoop.run();
      }
    }
  }

  private RuntimeException ending() {
    return reason == FinishReason.ERROR
        ? Answer.failure(error)
        : new IllegalStateException(StepLoop.CLOSED);
  }
}

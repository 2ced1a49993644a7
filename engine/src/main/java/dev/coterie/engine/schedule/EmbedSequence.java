// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.CoterieException;
import dev.coterie.FinishReason;
import dev.coterie.Pooling;
import org.jspecify.annotations.Nullable;

/** A sequence whose hidden states are pooled to one vector. */
final class EmbedSequence extends Sequence {
  private final Pooling pooling;
  private final WaitList waiters = new WaitList();
  private double[] pooled = {}; // [width]
  private volatile boolean abandoned;
  private volatile @Nullable FinishReason reason;
  private volatile @Nullable Throwable error;

  EmbedSequence(int[] tokens, Pooling pooling) {
    super(tokens, 0);
    this.pooling = pooling;
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

  /**
   * Takes the hidden states of its next rows.
   *
   * @param hidden {@code [rows of the batch, width]}
   * @param first the first of its rows
   * @param rows how many
   */
  void take(float[] hidden, int first, int rows, int width) {
    if (pooled.length == 0) {
      pooled = new double[width];
    }
    computed(rows);
    boolean complete = numComputed() == numTokens();
    for (int row = first; row < first + rows; row++) {
      boolean counts = pooling == Pooling.MEAN || (complete && row == first + rows - 1);
      for (int i = 0; counts && i < width; i++) {
        pooled[i] += hidden[row * width + i];
      }
    }
  }

  @Override
  void ended(FinishReason how, @Nullable Throwable failure, long now) {
    error = failure;
    reason = how;
    waiters.wakeAll();
  }

  /** Waits for the vector; by the caller's thread. */
  float[] await(boolean normalized) {
    new ThreadWaiter().await(waiters, () -> reason != null);
    if (reason != FinishReason.STOP) {
      throw reason == FinishReason.ERROR
          ? Answer.failure(error)
          : new IllegalStateException(StepLoop.CLOSED);
    }
    double squares = 0;
    for (double value : pooled) {
      squares += value * value;
    }
    if (!Double.isFinite(squares)) {
      throw new CoterieException("the model gave hidden states that are not numbers");
    }
    double scale = pooling == Pooling.MEAN ? 1.0 / numTokens() : 1;
    if (normalized) {
      scale = squares == 0 ? 0 : 1 / Math.sqrt(squares);
    }
    float[] vector = new float[pooled.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (pooled[i] * scale);
    }
    return vector;
  }

  /** Gives it up; the loop is to be woken. */
  void abandon() {
    abandoned = true;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.FinishReason;
import dev.coterie.engine.cache.BlockTable;
import dev.coterie.spi.Batch;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that the loop puts through the model, and what becomes of the logits. For use by the loop
 * thread, where nothing else is said. Times are nanoseconds on the loop's clock.
 */
abstract sealed class Sequence permits AnswerSequence, ScoreSequence, EmbedSequence {
  /** A deadline that never comes. */
  static final long NEVER = Long.MAX_VALUE;

  private int[] tokens;
  private int numTokens;
  private int numComputed;
  private @Nullable BlockTable table;
  private boolean ended;

  /**
   * A sequence of which nothing is computed.
   *
   * @param tokens its tokens; copied
   * @param more how many are likely to be appended
   */
  Sequence(int[] tokens, int more) {
    this.tokens = Arrays.copyOf(tokens, tokens.length + more);
    numTokens = tokens.length;
  }

  /** The most tokens that can come to lie in the cache. */
  abstract int mostTokens();

  /** When to give up, or {@link #NEVER}. */
  abstract long deadline();

  /** Whether it is no longer wanted. */
  abstract boolean cancelled();

  /** Tells those who wait for it how it ended; must not throw. */
  abstract void ended(FinishReason reason, @Nullable Throwable error, long now);

  final int numTokens() {
    return numTokens;
  }

  /** How many of the tokens have their entries in the cache. */
  final int numComputed() {
    return numComputed;
  }

  final void append(int token) {
    if (numTokens == tokens.length) {
      tokens = Arrays.copyOf(tokens, (int) Math.min(mostTokens() + 1L, 2L * numTokens + 16));
    }
    tokens[numTokens++] = token;
  }

  final int[] tokensFrom(int start) {
    return Arrays.copyOfRange(tokens, start, numTokens);
  }

  final void admit(BlockTable reserved) {
    table = reserved;
  }

  /** Adds its next rows to a batch. */
  final void plan(
      Batch batch, int rows, boolean allLogits, boolean lastLogits, int @Nullable [] expertCounts) {
    BlockTable blocks = table;
    if (blocks == null) {
      throw new AssertionError("the sequence is not admitted");
    }
    int[] grown = blocks.grow(numComputed + rows);
    batch.add(tokens, numComputed, rows, numComputed, grown, allLogits, lastLogits, expertCounts);
  }

  final void computed(int rows) {
    numComputed += rows;
  }

  /** Gives its blocks back and ends it; does nothing after the first time. */
  final void end(FinishReason reason, @Nullable Throwable error, long now) {
    if (!ended) {
      ended = true;
      if (table != null) {
        table.release();
      }
      ended(reason, error, now);
    }
  }

  final boolean isEnded() {
    return ended;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.FinishReason;
import dev.coterie.spi.Batch;
import dev.coterie.spi.Executable;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One step of all generations: which rows it computes, and what comes of them. Generations that
 * have their prompt get one row each, first of all; the rows that are left go to prompts, oldest
 * first. So a long prompt slows the others' tokens but never stops them. For use by the loop
 * thread; reused from step to step.
 */
final class AnswerBatch {
  private final Batch batch;
  private final int vocabulary;
  private final LongSupplier clock;
  private final AnswerSequence[] planned;
  private final int[] rows;
  private final int[] logitIndex;
  private int numPlanned;

  /**
   * An empty step.
   *
   * @param maxRows the most rows it can take
   * @param maxSequences the most generations
   * @param vocabulary logits a row
   * @param clock the loop's clock
   */
  AnswerBatch(int maxRows, int maxSequences, int vocabulary, LongSupplier clock) {
    batch = new Batch(maxRows);
    this.vocabulary = vocabulary;
    this.clock = clock;
    planned = new AnswerSequence[maxSequences];
    rows = new int[maxSequences];
    logitIndex = new int[maxSequences];
  }

  /**
   * Plans the step; false if there is nothing to do. At most {@code maxRows} generations come in.
   */
  boolean plan(List<AnswerSequence> answers) {
    batch.clear();
    Arrays.fill(planned, 0, numPlanned, null);
    numPlanned = 0;
    long now = clock.getAsLong();
    for (int i = 0; i < answers.size(); i++) {
      if (answers.get(i).decoding()) {
        add(answers.get(i), now);
      }
    }
    for (int i = 0; i < answers.size() && batch.numRows() < batch.maxRows(); i++) {
      if (!answers.get(i).decoding()) {
        add(answers.get(i), now);
      }
    }
    return numPlanned > 0;
  }

  private void add(AnswerSequence answer, long now) {
    int count =
        Math.min(answer.numTokens() - answer.numComputed(), batch.maxRows() - batch.numRows());
    logitIndex[numPlanned] = batch.numLogits();
    rows[numPlanned] = count;
    try {
      answer.plan(batch, count, now);
      planned[numPlanned++] = answer;
    } catch (Throwable e) { // no memory for its block table
      answer.end(FinishReason.ERROR, e, now);
    }
  }

  /** Computes the step. What it throws ends the generations that were in it, and only those. */
  void run(Executable executable) {
    try {
      executable.run(batch);
    } catch (Throwable e) {
      long now = clock.getAsLong();
      for (int i = 0; i < numPlanned; i++) {
        planned[i].end(FinishReason.ERROR, e, now);
      }
      return;
    }
    long now = clock.getAsLong();
    float[] logits = batch.logits(vocabulary);
    for (int i = 0; i < numPlanned; i++) {
      take(i, logits, now);
    }
    for (int i = 0; i < numPlanned; i++) {
      planned[i].wake();
    }
  }

  private void take(int i, float[] logits, long now) {
    AnswerSequence answer = planned[i];
    FinishReason reason;
    @Nullable Throwable error = null;
    try {
      reason = answer.take(rows[i], logits, logitIndex[i] * vocabulary, now);
    } catch (Throwable e) { // NaN among its logits, or no memory for a chunk
      reason = FinishReason.ERROR;
      error = e;
    }
    if (reason != null) {
      answer.end(reason, error, clock.getAsLong());
    }
  }
}

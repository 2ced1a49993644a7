// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.FinishReason;
import dev.coterie.engine.cache.BlockPool;
import dev.coterie.engine.cache.BlockTable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The sequences that wait and those that are under way. For use by the loop thread.
 *
 * <p>Sequences wait in order of arrival. The first is admitted as soon as fewer than {@code
 * maxActive} are under way and the cache can hold all that it can come to: its prompt and as many
 * tokens as it may generate. Later ones wait behind it even if they would fit, so that none
 * starves; and since what is under way never needs a block that it has not reserved, none can block
 * another for ever.
 */
final class Roster {
  private final BlockPool pool;
  private final int maxActive;
  private final LongSupplier clock;
  private final ArrayDeque<Sequence> waiting = new ArrayDeque<>();
  private final List<AnswerSequence> answers = new ArrayList<>();
  private final ArrayDeque<ScoreSequence> scores = new ArrayDeque<>();
  private final List<EmbedSequence> embeds = new ArrayList<>();
  private long earliestDeadline = Sequence.NEVER;

  /**
   * An empty roster.
   *
   * @param pool the cache's blocks
   * @param maxActive the most sequences under way
   * @param clock the loop's clock
   */
  Roster(BlockPool pool, int maxActive, LongSupplier clock) {
    this.pool = pool;
    this.maxActive = maxActive;
    this.clock = clock;
  }

  /** Lets a sequence wait. */
  void enqueue(Sequence sequence) {
    try {
      waiting.add(sequence);
    } catch (Throwable e) { // no memory for a longer queue
      sequence.end(FinishReason.ERROR, e, clock.getAsLong());
    }
    earliestDeadline = Math.min(earliestDeadline, sequence.deadline());
  }

  /** Admits those whose turn it is. */
  void admit() {
    while (!waiting.isEmpty() && answers.size() + scores.size() + embeds.size() < maxActive) {
      Sequence first = waiting.element();
      try {
        BlockTable table = pool.reserve(first.mostTokens());
        if (table == null) {
          return;
        }
        first.admit(table);
        switch (first) {
          case AnswerSequence answer -> answers.add(answer);
          case ScoreSequence score -> scores.add(score);
          case EmbedSequence embed -> embeds.add(embed);
        }
      } catch (Throwable e) { // no memory for its bookkeeping
        first.end(FinishReason.ERROR, e, clock.getAsLong());
      }
      waiting.remove();
    }
  }

  /** No sequence is overdue before this. */
  long earliestDeadline() {
    return earliestDeadline;
  }

  /** Ends what is cancelled or overdue. */
  void sweep() {
    earliestDeadline = Sequence.NEVER;
    long now = clock.getAsLong();
    sweep(waiting.iterator(), now);
    sweep(answers.iterator(), now);
    sweep(scores.iterator(), now);
    sweep(embeds.iterator(), now);
  }

  private void sweep(Iterator<? extends Sequence> sequences, long now) {
    while (sequences.hasNext()) {
      Sequence sequence = sequences.next();
      boolean cancelled = sequence.cancelled();
      if (cancelled || now >= sequence.deadline()) {
        sequences.remove();
        sequence.end(cancelled ? FinishReason.CANCELLED : FinishReason.TIMEOUT, null, now);
      } else {
        earliestDeadline = Math.min(earliestDeadline, sequence.deadline());
      }
    }
  }

  /** The generations under way, in order of admission; not to be changed. */
  List<AnswerSequence> answers() {
    return answers;
  }

  /** The sequences that are embedded, in order of admission; not to be changed. */
  List<EmbedSequence> embeds() {
    return embeds;
  }

  /**
   * Takes out the score that has waited longest of those that want a step; null if there is none.
   */
  @Nullable ScoreSequence takeScore() {
    if (scores.isEmpty()) {
      return null;
    }
    for (Iterator<ScoreSequence> i = scores.iterator(); i.hasNext(); ) {
      ScoreSequence score = i.next();
      if (score.wantsStep()) {
        i.remove();
        return score;
      }
    }
    return null;
  }

  /** Puts a score back, behind the others. */
  void returnScore(ScoreSequence score) {
    scores.add(score);
  }

  /** Takes out what has ended. */
  void dropEnded() {
    answers.removeIf(Sequence::isEnded);
    embeds.removeIf(Sequence::isEnded);
  }

  /** Ends all that is under way. */
  void endActive(FinishReason reason, @Nullable Throwable error) {
    endAll(answers.iterator(), reason, error);
    endAll(scores.iterator(), reason, error);
    endAll(embeds.iterator(), reason, error);
  }

  /** Ends everything. */
  void cancelAll() {
    endActive(FinishReason.CANCELLED, null);
    endAll(waiting.iterator(), FinishReason.CANCELLED, null);
  }

  private void endAll(
      Iterator<? extends Sequence> sequences, FinishReason reason, @Nullable Throwable error) {
    while (sequences.hasNext()) {
      Sequence sequence = sequences.next();
      sequences.remove();
      sequence.end(reason, error, clock.getAsLong());
    }
  }
}

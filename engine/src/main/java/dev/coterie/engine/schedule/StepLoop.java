// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.ContextLengthException;
import dev.coterie.FinishReason;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.LogitsConsumer;
import dev.coterie.engine.cache.BlockPool;
import dev.coterie.engine.cache.BlockTable;
import dev.coterie.engine.sampling.Sampler;
import dev.coterie.engine.sampling.SamplingBuffers;
import dev.coterie.spi.Executable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Computes all generations of one model, step by step, on one daemon thread. Safe for use by
 * several threads.
 *
 * <p><b>Admission.</b> Requests wait in order of arrival. The first is admitted as soon as fewer
 * than {@code maxSequences} (and {@code maxRows}) are under way and the cache can hold all that it
 * can come to: its prompt and as many tokens as it may generate. Later ones wait behind it even if
 * they would fit, so that none starves; since what is under way never needs a block that it has not
 * reserved, none can block another for ever.
 *
 * <p><b>Step.</b> See {@link AnswerBatch}; after it, one chunk of one {@link ScoreSequence}.
 * Between steps the loop looks for cancelled and overdue sequences, waiting or under way. With
 * nothing to do it parks.
 *
 * <p><b>Failure.</b> Whatever the executable throws, a lack of memory included, ends the sequences
 * of that batch; the loop goes on. Users' code never runs on the loop's thread, and the loop takes
 * no lock that users' threads take.
 */
public final class StepLoop implements AutoCloseable {
  static final String CLOSED = "model is closed";

  /** Keeps the logits of a score's chunk below 1 GiB. */
  private static final int MOST_SCORE_LOGITS = 1 << 28;

  private final Executable executable;
  private final LoopSettings settings;
  private final int contextLength;
  private final int maxActive;
  private final BlockPool pool;
  private final SamplingBuffers buffers = new SamplingBuffers();
  private final BitSet endOfGeneration = new BitSet();
  private final AnswerBatch batch;
  private final long origin = System.nanoTime();
  private final Thread thread;

  private final Queue<Sequence> incoming = new ConcurrentLinkedQueue<>();
  private volatile boolean attention;
  private volatile boolean closing;

  // For the loop's thread alone:
  private final ArrayDeque<Sequence> waiting = new ArrayDeque<>();
  private final List<AnswerSequence> answers = new ArrayList<>();
  private final ArrayDeque<ScoreSequence> scores = new ArrayDeque<>();
  private long earliestDeadline = Sequence.NEVER;

  private StepLoop(Executable executable, LoopSettings settings) {
    this.executable = executable;
    this.settings = settings;
    pool = new BlockPool(settings.cacheBlocks());
    contextLength = Math.min(settings.contextLength(), pool.capacity());
    maxActive = Math.min(settings.maxSequences(), settings.maxRows());
    settings.endOfGeneration().forEach(endOfGeneration::set);
    batch = new AnswerBatch(settings.maxRows(), maxActive, settings.vocabulary(), this::now);
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("coterie-step-loop")
            .inheritInheritableThreadLocals(false)
            .unstarted(this::run);
    thread.setContextClassLoader(null);
  }

  /**
   * Starts the loop of a model.
   *
   * @param executable computes the batches; used by the loop's thread alone and not closed by it
   * @param settings what to know of the model
   * @return the loop; close it before the executable
   */
  public static StepLoop start(Executable executable, LoopSettings settings) {
    StepLoop loop = new StepLoop(executable, settings);
    loop.thread.start();
    return loop;
  }

  /**
   * Starts a generation.
   *
   * @param prompt the prompt's tokens; not to be changed afterwards
   * @param options how to generate
   * @return the answer in the making
   * @throws ContextLengthException if the prompt does not fit the context
   * @throws IllegalArgumentException if the prompt is empty or an id is not in the vocabulary
   * @throws IllegalStateException if the loop is closed
   */
  public Generation generate(int[] prompt, GenerationOptions options) {
    checkOpen();
    checkTokens("prompt", prompt, contextLength - (options.maxTokens() > 0 ? 1 : 0));
    for (int id : options.logitBias().keySet()) {
      if (id < 0 || id >= settings.vocabulary()) {
        throw new IllegalArgumentException(
            "logitBias: expected token ids " + vocabularyRange() + ", found " + id);
      }
    }
    Answer answer = new Answer(this::wake);
    submit(
        new AnswerSequence(
            prompt,
            options,
            contextLength,
            settings.vocabulary(),
            options.ignoreEndOfSequence() ? new BitSet() : endOfGeneration,
            new Sampler(options, prompt, buffers),
            settings.decoders().get(),
            now(),
            answer));
    return answer;
  }

  /**
   * Computes the logits of every position of a sequence, and waits for them.
   *
   * @param tokens the sequence
   * @param chunk how many tokens a step, at least 1
   * @param consumer called by this thread once a position, in order; what it throws comes out
   * @see dev.coterie.Model#score(int[], int, LogitsConsumer)
   */
  public void score(int[] tokens, int chunk, LogitsConsumer consumer) {
    checkOpen();
    checkTokens("tokens", tokens, contextLength);
    if (chunk < 1) {
      throw new IllegalArgumentException("chunk: expected at least 1, found " + chunk);
    }
    int most = Math.max(1, MOST_SCORE_LOGITS / settings.vocabulary());
    int rows = Math.min(Math.min(chunk, settings.maxRows()), most);
    ScoreSequence score =
        new ScoreSequence(tokens.clone(), rows, settings.vocabulary(), this::wake);
    submit(score);
    score.read(consumer);
  }

  private void checkTokens(String name, int[] tokens, int limit) {
    if (tokens.length == 0) {
      throw new IllegalArgumentException(name + ": expected at least one token, found none");
    }
    if (tokens.length > limit) {
      throw new ContextLengthException(tokens.length, limit);
    }
    for (int i = 0; i < tokens.length; i++) {
      if (tokens[i] < 0 || tokens[i] >= settings.vocabulary()) {
        throw new IllegalArgumentException(
            name
                + ": expected token ids "
                + vocabularyRange()
                + ", found "
                + tokens[i]
                + " at index "
                + i);
      }
    }
  }

  private String vocabularyRange() {
    return "0 to " + (settings.vocabulary() - 1);
  }

  private void checkOpen() {
    if (closing) {
      throw new IllegalStateException(CLOSED);
    }
  }

  private void submit(Sequence sequence) {
    incoming.add(sequence);
    if (closing && incoming.remove(sequence)) {
      throw new IllegalStateException(CLOSED); // the loop has ended without seeing it
    }
    LockSupport.unpark(thread);
  }

  /** Makes the loop look at what was cancelled or handed back. */
  private void wake() {
    attention = true;
    LockSupport.unpark(thread);
  }

  private long now() {
    return System.nanoTime() - origin;
  }

  private void run() {
    @Nullable Throwable failure = null;
    while (true) {
      try {
        if (failure != null) {
          endAll(answers, FinishReason.ERROR, failure);
          endAll(scores, FinishReason.ERROR, failure);
          failure = null;
        }
        if (closing) {
          cancelAll();
          return;
        }
        if (!step()) {
          idle();
        }
      } catch (Throwable e) { // no memory for the bookkeeping
        failure = e;
      }
    }
  }

  private void cancelAll() {
    endAll(answers, FinishReason.CANCELLED, null);
    endAll(scores, FinishReason.CANCELLED, null);
    takeIncoming();
    endAll(waiting, FinishReason.CANCELLED, null);
  }

  /** Does one step; false if there was nothing to compute. */
  private boolean step() {
    boolean look = attention;
    if (look) {
      attention = false; // before the queue is read: who is cancelled is in it by now
    }
    takeIncoming();
    if (look || now() >= earliestDeadline) {
      sweep();
    }
    admit();
    boolean any = batch.plan(answers);
    if (any) {
      batch.run(executable);
    }
    any |= score();
    answers.removeIf(Sequence::isEnded);
    return any;
  }

  private void takeIncoming() {
    for (Sequence next = incoming.poll(); next != null; next = incoming.poll()) {
      try {
        waiting.add(next);
      } catch (Throwable e) { // no memory for a longer queue
        next.end(FinishReason.ERROR, e, now());
      }
      earliestDeadline = Math.min(earliestDeadline, next.deadline());
    }
  }

  /** Ends what is cancelled or overdue. */
  private void sweep() {
    earliestDeadline = Sequence.NEVER;
    long now = now();
    sweep(waiting.iterator(), now);
    sweep(answers.iterator(), now);
    sweep(scores.iterator(), now);
  }

  private void sweep(Iterator<? extends Sequence> sequences, long now) {
    while (sequences.hasNext()) {
      Sequence sequence = sequences.next();
      if (sequence.cancelled() || now >= sequence.deadline()) {
        sequences.remove();
        sequence.end(
            sequence.cancelled() ? FinishReason.CANCELLED : FinishReason.TIMEOUT, null, now);
      } else {
        earliestDeadline = Math.min(earliestDeadline, sequence.deadline());
      }
    }
  }

  private void admit() {
    while (answers.size() + scores.size() < maxActive) {
      Sequence first = waiting.peek();
      BlockTable table = first != null ? pool.reserve(first.mostTokens()) : null;
      if (first == null || table == null) {
        return;
      }
      first.admit(table);
      waiting.remove();
      switch (first) {
        case AnswerSequence answer -> answers.add(answer);
        case ScoreSequence score -> scores.add(score);
      }
    }
  }

  /** Computes a chunk of the score that has waited longest; false if none is ready. */
  private boolean score() {
    if (scores.isEmpty()) {
      return false;
    }
    for (ScoreSequence score : scores) {
      if (score.wantsStep()) {
        scores.remove(score);
        try {
          score.step(executable);
          if (score.numComputed() < score.numTokens()) {
            scores.add(score);
          } else {
            score.end(FinishReason.STOP, null, now());
          }
        } catch (Throwable e) {
          score.end(FinishReason.ERROR, e, now());
        }
        return true;
      }
    }
    return false;
  }

  private void idle() {
    if (incoming.isEmpty() && !attention && !closing) {
      if (earliestDeadline == Sequence.NEVER) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, earliestDeadline - now());
      }
    }
  }

  private void endAll(
      Iterable<? extends Sequence> sequences, FinishReason reason, @Nullable Throwable error) {
    for (Iterator<? extends Sequence> i = sequences.iterator(); i.hasNext(); ) {
      Sequence sequence = i.next();
      i.remove();
      sequence.end(reason, error, now());
    }
  }

  /**
   * How many cache blocks are neither taken nor reserved.
   *
   * @return blocks
   */
  public int availableBlocks() {
    return pool.available();
  }

  /**
   * Cancels everything, waits for the step in progress and ends the thread. Afterwards the
   * executable is no longer used. Closing twice does nothing; an interrupt is kept for later.
   */
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    boolean interrupted = false;
    while (Thread.currentThread() != thread && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.ContextLengthException;
import dev.coterie.FinishReason;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.LogitsConsumer;
import dev.coterie.Pooling;
import dev.coterie.engine.cache.BlockPool;
import dev.coterie.engine.sampling.Sampler;
import dev.coterie.engine.sampling.SamplingBuffers;
import dev.coterie.spi.Executable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Computes all generations of one model, step by step, on one daemon thread. Safe for use by
 * several threads.
 *
 * <p><b>Admission.</b> See {@link Roster}.
 *
 * <p><b>Step.</b> See {@link AnswerBatch}; after it, one chunk of one {@link ScoreSequence}, and an
 * {@link EmbedBatch}. Between steps the loop looks for cancelled and overdue sequences, waiting or
 * under way. With nothing to do it parks.
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
  private final BlockPool pool;
  private final SamplingBuffers buffers = new SamplingBuffers();
  private final BitSet endOfGeneration = new BitSet();
  private final AnswerBatch batch;
  private final EmbedBatch embedBatch;
  private final Roster roster;
  private final long origin = System.nanoTime();
  private final Thread thread;

  private final AtomicLong generations = new AtomicLong();
  private final Queue<Sequence> incoming = new ConcurrentLinkedQueue<>();
  private volatile boolean attention;
  private volatile boolean closing;

  private StepLoop(Executable executable, LoopSettings settings) {
    this.executable = executable;
    this.settings = settings;
    pool = new BlockPool(settings.cacheBlocks(), executable::release);
    contextLength = Math.min(settings.contextLength(), pool.capacity());
    int maxActive = Math.min(settings.maxSequences(), settings.maxRows());
    roster = new Roster(pool, maxActive, this::now);
    settings.endOfGeneration().forEach(endOfGeneration::set);
    batch = new AnswerBatch(settings.maxRows(), maxActive, settings.vocabulary(), this::now);
    embedBatch = new EmbedBatch(settings.maxRows(), settings.hiddenWidth(), this::now);
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
   * @param prompt the prompt's tokens
   * @param options how to generate
   * @param reading makes what reads the answer; asked after all checks
   * @return the answer in the making
   * @throws ContextLengthException if the prompt does not fit the context
   * @throws IllegalArgumentException if the prompt is empty or an id is not in the vocabulary
   * @throws IllegalStateException if the loop is closed
   */
  Generation generate(int[] prompt, GenerationOptions options, Supplier<Reading> reading) {
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
            reading.get(),
            now(),
            answer,
            ExpertCounts.of(settings.mixtures(), generations.incrementAndGet(), options)));
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
    score(tokens, 0, chunk, consumer);
  }

  /**
   * Computes the logits of the positions of a sequence from one on, and waits for them.
   *
   * @param tokens the sequence
   * @param first the first of the positions
   * @param chunk how many tokens with logits a step, at least 1
   * @param consumer called by this thread once a position, in order; what it throws comes out
   */
  void score(int[] tokens, int first, int chunk, LogitsConsumer consumer) {
    checkOpen();
    checkTokens("tokens", tokens, contextLength);
    if (chunk < 1) {
      throw new IllegalArgumentException("chunk: expected at least 1, found " + chunk);
    }
    int most = Math.max(1, MOST_SCORE_LOGITS / settings.vocabulary());
    int rows = Math.min(Math.min(chunk, settings.maxRows()), most);
    int rowsBefore = first == 0 ? 0 : settings.maxRows();
    ScoreSequence score =
        new ScoreSequence(tokens, first, rows, rowsBefore, settings.vocabulary(), this::wake);
    submit(score);
    score.read(consumer);
  }

  /**
   * Pools the hidden states of sequences, and waits for all of them.
   *
   * @param sequences their tokens
   * @param pooling how
   * @param normalized whether the vectors are to have the length 1
   * @return a vector for each, in order
   * @see dev.coterie.Model#embed
   */
  public List<float[]> embed(List<int[]> sequences, Pooling pooling, boolean normalized) {
    checkOpen();
    if (settings.hiddenWidth() == 0) {
      throw new IllegalStateException(
          "the model was loaded without embeddings; set LoadOptions.embeddings");
    }
    List<EmbedSequence> embeds = new ArrayList<>(sequences.size());
    for (int[] tokens : sequences) {
      checkTokens("text " + embeds.size(), tokens, contextLength);
      embeds.add(new EmbedSequence(tokens, pooling));
    }
    List<float[]> vectors = new ArrayList<>(embeds.size());
    try {
      embeds.forEach(this::submit);
      for (EmbedSequence embed : embeds) {
        vectors.add(embed.await(normalized));
      }
      return vectors;
    } finally {
      if (vectors.size() < embeds.size()) {
        embeds.forEach(EmbedSequence::abandon);
        wake();
      }
    }
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
          roster.endActive(FinishReason.ERROR, failure);
          failure = null;
        }
        if (closing) {
          takeIncoming();
          roster.cancelAll();
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

  /** Does one step; false if there was nothing to compute. */
  private boolean step() {
    boolean look = attention;
    if (look) {
      attention = false; // before the queue is read: who is cancelled is in it by now
    }
    takeIncoming();
    if (look || now() >= roster.earliestDeadline()) {
      roster.sweep();
    }
    roster.admit();
    boolean any = batch.plan(roster.answers());
    if (any) {
      batch.run(executable);
    }
    any |= score();
    if (embedBatch.plan(roster.embeds())) {
      embedBatch.run(executable);
      any = true;
    }
    roster.dropEnded();
    return any;
  }

  private void takeIncoming() {
    for (Sequence next = incoming.poll(); next != null; next = incoming.poll()) {
      roster.enqueue(next);
    }
  }

  /** Computes a chunk of a score; false if none is ready. */
  private boolean score() {
    ScoreSequence score = roster.takeScore();
    if (score == null) {
      return false;
    }
    try {
      score.step(executable);
      if (score.numComputed() < score.numTokens()) {
        roster.returnScore(score);
      } else {
        score.end(FinishReason.STOP, null, now());
      }
    } catch (Throwable e) {
      score.end(FinishReason.ERROR, e, now());
    }
    return true;
  }

  private void idle() {
    if (incoming.isEmpty() && !attention && !closing) {
      long deadline = roster.earliestDeadline();
      if (deadline == Sequence.NEVER) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, deadline - now());
      }
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

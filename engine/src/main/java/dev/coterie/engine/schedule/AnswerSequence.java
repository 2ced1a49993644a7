// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.BrokenToolCall;
import dev.coterie.Chunk;
import dev.coterie.FinishReason;
import dev.coterie.GenerationOptions;
import dev.coterie.Lane;
import dev.coterie.Timings;
import dev.coterie.TokenLogProbability;
import dev.coterie.ToolCall;
import dev.coterie.engine.chat.answer.AnswerReader;
import dev.coterie.engine.chat.answer.Piece;
import dev.coterie.engine.sampling.Sampler;
import dev.coterie.engine.tokenizer.StreamingDecoder;
import dev.coterie.spi.Batch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A generation under way: prompt, sampler, text and limits. */
final class AnswerSequence extends Sequence {
  private final int promptLength;
  private final int maxTokens;
  private final int contextLength;
  private final int vocabulary;
  private final BitSet endOfGeneration;
  private final Sampler sampler;
  private final StreamingDecoder decoder;
  private final @Nullable AnswerReader reader;
  private final @Nullable ThoughtControl control;
  private final StopMatcher stops;
  private final long submitted;
  private final long deadline;
  private final Answer answer;
  private final @Nullable ExpertCounts experts;
  private final List<TokenLogProbability> logProbabilities = new ArrayList<>();
  private final List<Piece> pieces = new ArrayList<>();
  private final List<BrokenToolCall> brokenCalls = new ArrayList<>();
  private boolean called;
  private int numReported;
  private long begun = NEVER;
  private long prefilled = NEVER;

  /**
   * A generation that is to be queued.
   *
   * @param prompt the prompt's tokens
   * @param endOfGeneration tokens that end it
   * @param submitted when it was asked for, on the loop's clock
   * @param experts where its experts are counted, or null
   */
  AnswerSequence(
      int[] prompt,
      GenerationOptions options,
      int contextLength,
      int vocabulary,
      BitSet endOfGeneration,
      Sampler sampler,
      Reading reading,
      long submitted,
      Answer answer,
      @Nullable ExpertCounts experts) {
    super(prompt, Math.min(Math.min(options.maxTokens(), contextLength - prompt.length), 1024));
    promptLength = prompt.length;
    maxTokens = options.maxTokens();
    this.contextLength = contextLength;
    this.vocabulary = vocabulary;
    this.endOfGeneration = endOfGeneration;
    this.sampler = sampler;
    decoder = reading.decoder();
    reader = reading.reader();
    control = reading.control();
    stops = new StopMatcher(options.stop());
    this.submitted = submitted;
    deadline = deadline(submitted, options.timeout());
    this.answer = answer;
    this.experts = experts;
  }

  private static long deadline(long submitted, @Nullable Duration timeout) {
    if (timeout == null || timeout.compareTo(Duration.ofNanos(NEVER - submitted)) >= 0) {
      return NEVER;
    }
    return submitted + timeout.toNanos();
  }

  /** The last generated token is never computed, so it needs no place in the cache. */
  @Override
  int mostTokens() {
    return maxTokens == 0
        ? promptLength
        : (int) Math.min(contextLength, (long) promptLength + maxTokens) - 1;
  }

  @Override
  long deadline() {
    return deadline;
  }

  @Override
  boolean cancelled() {
    return answer.cancelled();
  }

  /** Whether the prompt is computed, and it grows by a token a step. */
  boolean decoding() {
    return numTokens() > promptLength;
  }

  /** Adds its next rows to a batch. */
  void plan(Batch batch, int rows, long now) {
    boolean last = numComputed() + rows == numTokens();
    plan(batch, rows, false, last && maxTokens > 0, experts == null ? null : experts.counts());
    if (begun == NEVER) {
      begun = now;
    }
  }

  /**
   * Takes what was computed and chooses the next token, if it is its turn.
   *
   * @param rows how many rows were computed
   * @param logits holds the logits of the last row from {@code offset} on, if it wanted them
   * @return why it is at its end, or null if it goes on
   */
  @Nullable FinishReason take(int rows, float[] logits, int offset, long now) {
    computed(rows);
    if (cancelled()) {
      return FinishReason.CANCELLED;
    }
    if (numComputed() < numTokens()) {
      return null;
    }
    if (prefilled == NEVER) {
      prefilled = now;
    }
    return maxTokens == 0 ? FinishReason.LENGTH : accept(next(logits, offset));
  }

  private int next(float[] logits, int offset) {
    return control == null
        ? sampler.next(logits, offset, vocabulary)
        : control.next(
            sampler, logits, offset, vocabulary, endOfGeneration, mostLeft(), isThinking());
  }

  /** How many tokens can still be generated. */
  private int mostLeft() {
    return Math.min(maxTokens - (numTokens() - promptLength), contextLength - numTokens());
  }

  private boolean isThinking() {
    return reader != null && reader.thinking();
  }

  private @Nullable FinishReason accept(int token) {
    append(token);
    TokenLogProbability logProbability = sampler.logProbability();
    if (logProbability != null) {
      logProbabilities.add(logProbability);
    }
    if (endOfGeneration.get(token)) {
      return FinishReason.STOP;
    }
    read(decoder.append(token));
    if (stops.stopped()) {
      return FinishReason.STOP;
    }
    if (numTokens() - promptLength == maxTokens) {
      return FinishReason.LENGTH;
    }
    return numTokens() == contextLength ? FinishReason.CONTEXT_FULL : null;
  }

  private void read(String text) {
    if (reader == null) {
      emit(Lane.TEXT, stops.append(text), null);
      return;
    }
    reader.append(text, pieces);
    emitPieces();
  }

  /** Stop texts are looked for in the answer, not in what the model thinks or calls. */
  private void emitPieces() {
    for (int i = 0; i < pieces.size() && !stops.stopped(); i++) {
      Piece piece = pieces.get(i);
      String fault = piece.fault();
      if (fault != null) {
        brokenCalls.add(new BrokenToolCall(piece.text(), fault));
      }
      called |= piece.call() != null;
      boolean text = piece.lane() == Lane.TEXT;
      if (!text) {
        emit(Lane.TEXT, stops.interrupt(), null);
      }
      emit(piece.lane(), text ? stops.append(piece.text()) : piece.text(), piece.call());
    }
    pieces.clear();
  }

  private void emit(Lane lane, String text, @Nullable ToolCall call) {
    if (!text.isEmpty()) {
      int size = logProbabilities.size();
      List<TokenLogProbability> fresh =
          numReported == size ? List.of() : logProbabilities.subList(numReported, size);
      answer.append(new Chunk(lane, text, fresh, call));
      numReported = size;
    }
  }

  /** Gives out what was held back. */
  private void finish(FinishReason reason) {
    if (reader == null) {
      emit(Lane.TEXT, stops.append(decoder.flush()) + stops.flush(), null);
    } else {
      if (!stops.stopped()) {
        reader.append(decoder.flush(), pieces);
        reader.finish(reason == FinishReason.STOP, pieces);
        emitPieces();
      }
      emit(Lane.TEXT, stops.flush(), null);
    }
    if (numReported < logProbabilities.size()) {
      answer.append(
          new Chunk(Lane.TEXT, "", logProbabilities.subList(numReported, logProbabilities.size())));
    }
  }

  private FinishReason refine(FinishReason reason) {
    return switch (reason) {
      case STOP -> called ? FinishReason.TOOL_CALL : reason;
      case LENGTH, CONTEXT_FULL ->
          isThinking() && maxTokens > 0 ? FinishReason.THINKING_EXHAUSTED : reason;
      default -> reason;
    };
  }

  /** Wakes the readers. */
  void wake() {
    answer.wake();
  }

  @Override
  void ended(FinishReason reason, @Nullable Throwable error, long now) {
    Ending ending;
    try {
      finish(reason);
      ending =
          new Ending(
              refine(reason),
              error,
              tokensFrom(promptLength),
              promptLength,
              timings(now),
              brokenCalls,
              logProbabilities,
              experts);
      if (experts != null) {
        experts.commit();
      }
    } catch (Throwable e) {
      ending = Ending.lost(e);
    }
    answer.end(ending);
  }

  private Timings timings(long now) {
    long start = Math.min(begun, now);
    long firstToken = Math.min(prefilled, now);
    return new Timings(
        Duration.ofNanos(start - submitted),
        Duration.ofNanos(firstToken - start),
        Duration.ofNanos(now - firstToken));
  }
}

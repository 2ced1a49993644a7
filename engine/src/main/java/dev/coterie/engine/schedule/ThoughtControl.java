// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.GenerationOptions;
import dev.coterie.Thinking;
import dev.coterie.Tokenizer;
import dev.coterie.engine.chat.answer.AnswerFormat;
import dev.coterie.engine.sampling.Sampler;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Chooses tokens such that a thought is neither too short nor too long: its end is written when its
 * budget is used up, and in place of an end that comes too early the model reads a word that makes
 * it go on. Source of the latter: Muennighoff et al., s1: Simple test-time scaling, 2025.
 *
 * <p>For use by the loop thread.
 */
final class ThoughtControl {
  private final int least;
  private final int most;
  private final int reserved;
  private final int marker;
  private final int[] end;
  private final int[] continuation;

  private int[] written = {};
  private int next;
  private int thought;
  private boolean ended;

  /**
   * The control of one answer.
   *
   * @param least the fewest tokens of thought
   * @param most the most
   * @param reserved how many tokens are left when a thought ends at the latest
   * @param marker the token that ends a thought, or −1
   * @param end the tokens to write so that one ends
   * @param continuation the tokens to write so that one goes on
   */
  ThoughtControl(int least, int most, int reserved, int marker, int[] end, int[] continuation) {
    this.least = least;
    this.most = most;
    this.reserved = reserved;
    this.marker = marker;
    this.end = end;
    this.continuation = continuation;
  }

  /** The control that options ask for, or null if there is nothing to limit. */
  static @Nullable ThoughtControl of(
      GenerationOptions options, AnswerFormat format, Tokenizer tokenizer) {
    Thinking thinking = options.thinking();
    String close = format.thoughtMarker();
    String written = format.thoughtEnd();
    boolean off = thinking.mode() == Thinking.Mode.OFF && format.opensThoughts();
    boolean limited =
        thinking.minTokens() > 0
            || thinking.maxTokens() < Integer.MAX_VALUE
            || thinking.answerTokens() > 0;
    if (close == null || written == null || !(limited || off)) {
      return null;
    }
    int[] marker = tokenizer.encode(close, true);
    if (thinking.minTokens() > 0 && marker.length != 1) {
      throw new IllegalArgumentException(
          "thinking minTokens: expected a model whose '"
              + close
              + "' is one token, found "
              + marker.length
              + "; leave the minimum out");
    }
    int[] end = tokenizer.encode(written, true);
    int reserve = thinking.answerTokens();
    return new ThoughtControl(
        off ? 0 : thinking.minTokens(),
        off ? 0 : thinking.maxTokens(),
        reserve > 0 ? reserve + end.length : 0,
        marker.length == 1 ? marker[0] : -1,
        end,
        tokenizer.encode(thinking.continuation(), false));
  }

  /**
   * Chooses the next token and counts it.
   *
   * @param left how many tokens can still be generated
   * @param thinking whether the answer is within a thought
   */
  int next(
      Sampler sampler,
      float[] logits,
      int offset,
      int vocabulary,
      BitSet endOfGeneration,
      int left,
      boolean thinking) {
    if (thinking && !ended && next == written.length && (thought >= most || left <= reserved)) {
      ended = true;
      write(end);
    }
    int token;
    if (next < written.length) {
      token = written[next++];
    } else {
      token = sampler.choose(logits, offset, vocabulary);
      if (thinking && thought < least && (token == marker || endOfGeneration.get(token))) {
        write(continuation);
        token = written[next++];
      }
    }
    sampler.count(token, logits, offset, vocabulary);
    if (thinking) {
      thought++;
    }
    return token;
  }

  private void write(int[] tokens) {
    written = tokens;
    next = 0;
  }
}

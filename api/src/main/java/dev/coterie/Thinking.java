// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.Objects;

/**
 * Whether, and for how long, a model thinks before it answers a conversation. Immutable. Where a
 * model does not think, it says nothing.
 *
 * @param mode what the model's chat template is told; default {@link Mode#DEFAULT}
 * @param minTokens the fewest tokens of thought. Where the model would end it earlier, the end does
 *     not come and {@code continuation} does; default 0
 * @param maxTokens the most tokens of thought. Then its end is written and the answer follows;
 *     default {@link Integer#MAX_VALUE}
 * @param answerTokens tokens of {@link GenerationOptions#maxTokens()}, and of the context, that the
 *     thought leaves for the answer; default 0
 * @param continuation what is written in place of an end that comes too early; default {@code Wait}
 */
public record Thinking(
    Mode mode, int minTokens, int maxTokens, int answerTokens, String continuation) {
  /** What the model's chat template is told. */
  public enum Mode {
    /** Nothing: the model does what its template does by itself. */
    DEFAULT,
    /** To think, as in {@link ChatOptions#withThinking}. */
    ON,
    /**
     * Not to think. Where a template begins a thought all the same, the thought is ended at once;
     * gpt-oss, whose thoughts cannot be told off, thinks with low effort.
     */
    OFF,
    /** To think with low effort, as in {@link ChatOptions#withReasoningEffort}. */
    LOW,
    /** To think with medium effort. */
    MEDIUM,
    /** To think with high effort. */
    HIGH
  }

  /** Whatever the model's template does by itself, without limits. */
  public static final Thinking DEFAULT = of(Mode.DEFAULT);

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException if one is negative, the least is more than the most, or there
   *     is no continuation
   */
  public Thinking {
    Objects.requireNonNull(mode, "mode");
    require(minTokens >= 0, "minTokens", "at least 0", minTokens);
    require(maxTokens >= minTokens, "maxTokens", "at least minTokens, " + minTokens, maxTokens);
    require(answerTokens >= 0, "answerTokens", "at least 0", answerTokens);
    if (continuation.isBlank()) {
      throw new IllegalArgumentException("thinking continuation: expected text, found none");
    }
  }

  private static void require(boolean holds, String name, String expected, int found) {
    if (!holds) {
      throw new IllegalArgumentException(
          "thinking " + name + ": expected " + expected + ", found " + found);
    }
  }

  /**
   * A mode without limits.
   *
   * @param mode the mode
   * @return the setting
   */
  public static Thinking of(Mode mode) {
    return new Thinking(mode, 0, Integer.MAX_VALUE, 0, "Wait");
  }

  /**
   * This setting with a budget.
   *
   * @param tokens the most tokens of thought
   * @return a new setting
   * @throws IllegalArgumentException if it is negative or less than {@link #minTokens()}
   */
  public Thinking withBudget(int tokens) {
    return new Thinking(mode, minTokens, tokens, answerTokens, continuation);
  }

  /**
   * This setting with tokens kept for the answer.
   *
   * @param tokens how many
   * @return a new setting
   * @throws IllegalArgumentException if it is negative
   */
  public Thinking withAnswerReserve(int tokens) {
    return new Thinking(mode, minTokens, maxTokens, tokens, continuation);
  }

  /**
   * This setting with a thought that goes on for some tokens.
   *
   * @param tokens the fewest tokens of thought
   * @param text what is written in place of an end that comes too early
   * @return a new setting
   * @throws IllegalArgumentException if the number is negative or above {@link #maxTokens()}, or
   *     the text is blank
   */
  public Thinking withMinimum(int tokens, String text) {
    return new Thinking(mode, tokens, maxTokens, answerTokens, text);
  }
}

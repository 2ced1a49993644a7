// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.sampling;

import dev.coterie.CoterieException;
import dev.coterie.GenerationOptions;
import dev.coterie.TokenLogProbability;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the next token of one generation, in the order that {@link GenerationOptions} gives:
 * bias, penalties, then the likeliest or a draw. For use by one thread. Allocates nothing in the
 * long run unless log-probabilities are asked for.
 */
public final class Sampler {
  private final GenerationOptions options;
  private final SamplingBuffers buffers;
  private final int[] biasIds;
  private final float[] biases;
  private final float[] unbiased;
  private final @Nullable TokenWindow window;
  private final @Nullable Draw draw;
  private final @Nullable LogProbabilityReport report;
  private @Nullable TokenLogProbability logProbability;

  /**
   * A sampler at the end of a prompt.
   *
   * @param options how to choose
   * @param prompt the prompt's tokens, which count for the penalties
   * @param buffers working memory, shared by the samplers of one thread
   */
  public Sampler(GenerationOptions options, int[] prompt, SamplingBuffers buffers) {
    this.options = options;
    this.buffers = buffers;
    biasIds = options.logitBias().keySet().stream().mapToInt(Integer::intValue).sorted().toArray();
    biases = new float[biasIds.length];
    for (int i = 0; i < biasIds.length; i++) {
      biases[i] = options.logitBias().getOrDefault(biasIds[i], 0f);
    }
    unbiased = new float[biasIds.length];
    window = window(options, prompt);
    draw = options.temperature() > 0 ? new Draw(options, buffers) : null;
    report =
        options.logProbabilities() >= 0
            ? new LogProbabilityReport(options.logProbabilities(), buffers)
            : null;
  }

  private static @Nullable TokenWindow window(GenerationOptions options, int[] prompt) {
    boolean penalties =
        options.repetitionPenalty() != 1
            || options.presencePenalty() != 0
            || options.frequencyPenalty() != 0;
    int size = (int) Math.min(options.penaltyWindow(), (long) prompt.length + options.maxTokens());
    if (!penalties || size == 0) {
      return null;
    }
    TokenWindow window = new TokenWindow(size);
    for (int i = Math.max(0, prompt.length - size); i < prompt.length; i++) {
      window.add(prompt[i]);
    }
    return window;
  }

  /**
   * Chooses a token and counts it as generated.
   *
   * @param logits holds the model's logits; the same on return
   * @param offset where they begin
   * @param vocabulary how many there are
   * @return the token's id
   * @throws CoterieException if a logit is NaN or positive infinity, or every token is banned
   */
  public int next(float[] logits, int offset, int vocabulary) {
    int id = choose(logits, offset, vocabulary);
    count(id, logits, offset, vocabulary);
    return id;
  }

  /**
   * Counts a token as generated, chosen here or elsewhere.
   *
   * @param id the token
   * @param logits the model's logits for its place
   * @param offset where they begin
   * @param vocabulary how many there are
   */
  public void count(int id, float[] logits, int offset, int vocabulary) {
    if (window != null) {
      window.add(id);
    }
    if (report != null) {
      report.measure(logits, offset, vocabulary);
      logProbability = report.of(id, logits[offset + id]);
    }
  }

  /**
   * Chooses a token without counting it.
   *
   * @param logits holds the model's logits; the same on return
   * @param offset where they begin
   * @param vocabulary how many there are
   * @return the token's id
   * @throws CoterieException if a logit is NaN or positive infinity, or every token is banned
   */
  public int choose(float[] logits, int offset, int vocabulary) {
    addBias(logits, offset, vocabulary);
    if (window != null) {
      window.apply(
          logits,
          offset,
          vocabulary,
          options.repetitionPenalty(),
          options.presencePenalty(),
          options.frequencyPenalty());
    }
    try {
      buffers.maxima.scan(logits, offset, vocabulary);
      return draw != null
          ? draw.next(logits, offset, vocabulary)
          : buffers.maxima.first(logits, offset);
    } finally {
      if (window != null) {
        window.restore(logits, offset, vocabulary);
      }
      restoreBias(logits, offset, vocabulary);
    }
  }

  private void addBias(float[] logits, int offset, int vocabulary) {
    for (int i = 0; i < biasIds.length && biasIds[i] < vocabulary; i++) {
      unbiased[i] = logits[offset + biasIds[i]];
      logits[offset + biasIds[i]] += biases[i];
    }
  }

  private void restoreBias(float[] logits, int offset, int vocabulary) {
    for (int i = 0; i < biasIds.length && biasIds[i] < vocabulary; i++) {
      logits[offset + biasIds[i]] = unbiased[i];
    }
  }

  /**
   * How likely the last token was.
   *
   * @return its log-probabilities, or null if the options do not ask for them
   */
  public @Nullable TokenLogProbability logProbability() {
    return logProbability;
  }
}

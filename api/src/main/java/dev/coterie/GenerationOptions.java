// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How to generate. Immutable; make one with {@link #builder()} or change one with {@link
 * #toBuilder()}.
 *
 * <p>The next token is chosen in this order: {@code logitBias} is added; the three penalties are
 * applied for the tokens of the last {@code penaltyWindow} (prompt and answer); then, if {@code
 * temperature} is 0, the likeliest token is taken; else the logits are divided by the temperature,
 * cut to {@code topK}, {@code topP} and {@code minP}, and one is drawn.
 *
 * @param maxTokens the most tokens to generate; 0 computes the prompt alone
 * @param temperature 0 takes the likeliest token each time; default 0
 * @param topK how many of the likeliest tokens to draw from; 0 is all of them, the default
 * @param topP draw from the fewest likeliest tokens whose probabilities, among those that topK
 *     left, reach this sum; default 1, all
 * @param minP draw from tokens at least this share as likely as the likeliest; default 0, all
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens that occurred;
 *     default 1, none
 * @param presencePenalty is taken from the logits of tokens that occurred; default 0
 * @param frequencyPenalty is taken from the logits of tokens for each time they occurred; default 0
 * @param penaltyWindow how many of the last tokens the penalties look at; default 64
 * @param seed fixes the draw: the same seed, options and prompt give the same tokens; null draws
 *     afresh
 * @param logitBias is added to the logits of these tokens; {@code -Infinity} bans one
 * @param stop texts that end the generation when they appear; the output ends before them. At most
 *     16, each of 1 to 1,024 characters
 * @param logProbabilities how many of the likeliest tokens to report for each generated one, 0 to
 *     100; −1, the default, reports nothing, not even the generated token's own
 * @param timeout how long the generation may take from the call on; null is for ever
 * @param ignoreEndOfSequence goes on after an end-of-sequence token; for benchmarks
 * @param expertRouting counts how often each expert of each layer is chosen, for {@link
 *     GenerationResult#expertRouting()}; default false
 * @param thinking whether and for how long the model thinks before it answers a conversation;
 *     default {@link Thinking#DEFAULT}
 */
public record GenerationOptions(
    int maxTokens,
    double temperature,
    int topK,
    double topP,
    double minP,
    double repetitionPenalty,
    double presencePenalty,
    double frequencyPenalty,
    int penaltyWindow,
    @Nullable Long seed,
    Map<Integer, Float> logitBias,
    List<String> stop,
    int logProbabilities,
    @Nullable Duration timeout,
    boolean ignoreEndOfSequence,
    boolean expertRouting,
    Thinking thinking) {
  /** Takes the likeliest token each time and stops after 512 tokens at the latest. */
  public static final GenerationOptions DEFAULT = builder().build();

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public GenerationOptions {
    require(maxTokens >= 0, "maxTokens", "at least 0", maxTokens);
    require(temperature >= 0 && temperature <= 100, "temperature", "0 to 100", temperature);
    require(topK >= 0, "topK", "at least 0", topK);
    require(topP > 0 && topP <= 1, "topP", "above 0 and at most 1", topP);
    require(minP >= 0 && minP <= 1, "minP", "0 to 1", minP);
    require(
        repetitionPenalty > 0 && repetitionPenalty <= 100,
        "repetitionPenalty",
        "above 0 and at most 100",
        repetitionPenalty);
    require(Math.abs(presencePenalty) <= 100, "presencePenalty", "-100 to 100", presencePenalty);
    require(Math.abs(frequencyPenalty) <= 100, "frequencyPenalty", "-100 to 100", frequencyPenalty);
    require(
        penaltyWindow >= 0 && penaltyWindow <= 65_536,
        "penaltyWindow",
        "0 to 65536",
        penaltyWindow);
    Objects.requireNonNull(thinking, "thinking");
    logitBias = Map.copyOf(logitBias);
    require(logitBias.size() <= 65_536, "logitBias", "at most 65536 entries", logitBias.size());
    logitBias.forEach(
        (id, bias) ->
            require(
                !bias.isNaN() && bias != Float.POSITIVE_INFINITY,
                "logitBias of token " + id,
                "a number or -Infinity",
                bias));
    stop = List.copyOf(stop);
    require(stop.size() <= 16, "stop", "at most 16 texts", stop.size());
    stop.forEach(
        text ->
            require(
                !text.isEmpty() && text.length() <= 1_024,
                "stop text",
                "1 to 1024 characters",
                text.length()));
    require(
        logProbabilities >= -1 && logProbabilities <= 100,
        "logProbabilities",
        "-1 to 100",
        logProbabilities);
    require(
        timeout == null || (!timeout.isNegative() && !timeout.isZero()),
        "timeout",
        "longer than 0",
        timeout);
    if (temperature == 0 && (topK > 1 || topP < 1 || minP > 0)) {
      throw new IllegalArgumentException(
          "topK, topP and minP need a temperature above 0, found temperature 0;"
              + " leave them out or set a temperature");
    }
  }

  private static void require(boolean holds, String name, String expected, @Nullable Object found) {
    if (!holds) {
      throw new IllegalArgumentException(name + ": expected " + expected + ", found " + found);
    }
  }

  /**
   * A builder that starts from the defaults.
   *
   * @return a new builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * A builder that starts from these options.
   *
   * @return a new builder
   */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.maxTokens = maxTokens;
    builder.temperature = temperature;
    builder.topK = topK;
    builder.topP = topP;
    builder.minP = minP;
    builder.repetitionPenalty = repetitionPenalty;
    builder.presencePenalty = presencePenalty;
    builder.frequencyPenalty = frequencyPenalty;
    builder.penaltyWindow = penaltyWindow;
    builder.seed = seed;
    builder.logitBias = logitBias;
    builder.stop = stop;
    builder.logProbabilities = logProbabilities;
    builder.timeout = timeout;
    builder.ignoreEndOfSequence = ignoreEndOfSequence;
    builder.expertRouting = expertRouting;
    builder.thinking = thinking;
    return builder;
  }

  /** Collects options; for use by one thread. */
  public static final class Builder {
    private int maxTokens = 512;
    private double temperature = 0;
    private int topK = 0;
    private double topP = 1;
    private double minP = 0;
    private double repetitionPenalty = 1;
    private double presencePenalty = 0;
    private double frequencyPenalty = 0;
    private int penaltyWindow = 64;
    private @Nullable Long seed;
    private Map<Integer, Float> logitBias = Map.of();
    private List<String> stop = List.of();
    private int logProbabilities = -1;
    private @Nullable Duration timeout;
    private boolean ignoreEndOfSequence;
    private boolean expertRouting;
    private Thinking thinking = Thinking.DEFAULT;

    private Builder() {}

    /**
     * Sets {@link GenerationOptions#maxTokens()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder maxTokens(int value) {
      maxTokens = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#temperature()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder temperature(double value) {
      temperature = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#topK()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder topK(int value) {
      topK = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#topP()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder topP(double value) {
      topP = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#minP()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder minP(double value) {
      minP = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#repetitionPenalty()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder repetitionPenalty(double value) {
      repetitionPenalty = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#presencePenalty()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder presencePenalty(double value) {
      presencePenalty = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#frequencyPenalty()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder frequencyPenalty(double value) {
      frequencyPenalty = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#penaltyWindow()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder penaltyWindow(int value) {
      penaltyWindow = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#seed()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder seed(@Nullable Long value) {
      seed = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#logitBias()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder logitBias(Map<Integer, Float> value) {
      logitBias = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#stop()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder stop(List<String> value) {
      stop = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#logProbabilities()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder logProbabilities(int value) {
      logProbabilities = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#timeout()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder timeout(@Nullable Duration value) {
      timeout = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#ignoreEndOfSequence()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder ignoreEndOfSequence(boolean value) {
      ignoreEndOfSequence = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#expertRouting()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder expertRouting(boolean value) {
      expertRouting = value;
      return this;
    }

    /**
     * Sets {@link GenerationOptions#thinking()}.
     *
     * @param value the new value
     * @return this
     */
    public Builder thinking(Thinking value) {
      thinking = value;
      return this;
    }

    /**
     * Makes the options.
     *
     * @return the options
     * @throws IllegalArgumentException if a value is out of range or two do not go together
     */
    public GenerationOptions build() {
      return new GenerationOptions(
          maxTokens,
          temperature,
          topK,
          topP,
          minP,
          repetitionPenalty,
          presencePenalty,
          frequencyPenalty,
          penaltyWindow,
          seed,
          logitBias,
          stop,
          logProbabilities,
          timeout,
          ignoreEndOfSequence,
          expertRouting,
          thinking);
    }
  }
}

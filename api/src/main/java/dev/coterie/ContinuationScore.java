// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.List;
import java.util.Objects;

/**
 * How likely a model finds a text after a prompt. Immutable.
 *
 * @param text the text
 * @param tokens its tokens with their log-probabilities, each given all that is before it; without
 *     rivals. A token with nothing before it has none and is left out
 */
public record ContinuationScore(String text, List<TokenLogProbability> tokens) {
  /** Copies the list. */
  public ContinuationScore {
    Objects.requireNonNull(text, "text");
    tokens = List.copyOf(tokens);
  }

  /**
   * The natural logarithm of the probability of the whole text.
   *
   * @return the sum over the tokens, at most 0; 0 without tokens
   */
  public double logProbability() {
    return tokens.stream().mapToDouble(TokenLogProbability::logProbability).sum();
  }

  /**
   * How many tokens the model was in doubt between, on geometric average.
   *
   * @return the exponential of the mean negative log-probability, at least 1; NaN without tokens
   */
  public double perplexity() {
    return Math.exp(-logProbability() / tokens.size());
  }
}

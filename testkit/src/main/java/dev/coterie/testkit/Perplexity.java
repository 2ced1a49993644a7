// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

/** Probabilities from logits, in double precision. */
public final class Perplexity {
  private Perplexity() {}

  /**
   * The natural logarithm of the probability that the logits give to a token.
   *
   * @param logits one row
   * @param token the token's id
   * @return the logarithm, at most 0
   */
  public static double logProbability(float[] logits, int token) {
    return logits[token] - logSumExp(logits);
  }

  /**
   * {@code log(sum(exp(x)))}.
   *
   * @param x values
   * @return the logarithm
   */
  public static double logSumExp(float[] x) {
    double max = Double.NEGATIVE_INFINITY;
    for (float v : x) {
      max = Math.max(max, v);
    }
    double sum = 0;
    for (float v : x) {
      sum += Math.exp(v - max);
    }
    return max + Math.log(sum);
  }

  /**
   * The mean negative log-likelihood of a text: row i predicts token i + 1.
   *
   * @param logits a row for each token, or for each but the last
   * @param tokens the text, at least 2 tokens
   * @return the mean over all tokens but the first
   */
  public static double negativeLogLikelihood(float[][] logits, int[] tokens) {
    if (tokens.length < 2 || logits.length < tokens.length - 1) {
      throw new IllegalArgumentException(
          "logits: expected a row for each of "
              + tokens.length
              + " tokens, found "
              + logits.length);
    }
    double sum = 0;
    for (int i = 0; i + 1 < tokens.length; i++) {
      sum -= logProbability(logits[i], tokens[i + 1]);
    }
    return sum / (tokens.length - 1);
  }

  /**
   * The perplexity of a text: {@code exp} of {@link #negativeLogLikelihood}.
   *
   * @param logits a row for each token, or for each but the last
   * @param tokens the text, at least 2 tokens
   * @return the perplexity, at least 1
   */
  public static double perplexity(float[][] logits, int[] tokens) {
    return Math.exp(negativeLogLikelihood(logits, tokens));
  }

  /**
   * The token with the greatest logit; the first of several.
   *
   * @param logits one row
   * @return the token's id
   */
  public static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.ContinuationScore;
import dev.coterie.CoterieException;
import dev.coterie.TokenLogProbability;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A sequence whose last tokens are to be scored.
 *
 * @param tokens the sequence
 * @param from the index of the first token to score
 */
record ScoredTokens(int[] tokens, int from) {
  private static final int CHUNK = 32; // rows of logits in memory

  /** Scores, waiting for the loop. */
  ContinuationScore score(String text, StepLoop loop) {
    List<TokenLogProbability> scores = new ArrayList<>();
    int first = Math.max(1, from);
    if (first < tokens.length) {
      loop.score(
          Arrays.copyOf(tokens, tokens.length - 1), // what would follow the last is not asked
          first - 1,
          CHUNK,
          (position, logits) -> {
            int next = tokens[position + 1];
            double logProbability = logProbability(logits, next);
            scores.add(new TokenLogProbability(next, logProbability, List.of()));
          });
    }
    return new ContinuationScore(text, scores);
  }

  private static double logProbability(FloatBuffer logits, int id) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < logits.limit(); i++) {
      max = Math.max(max, logits.get(i));
    }
    double sum = 0;
    for (int i = 0; i < logits.limit(); i++) {
      sum += Math.exp((double) logits.get(i) - max);
    }
    double logProbability = Math.min(0, logits.get(id) - max - Math.log(sum));
    if (Double.isNaN(logProbability)) {
      throw new CoterieException("the model gave logits that are not numbers");
    }
    return logProbability;
  }
}

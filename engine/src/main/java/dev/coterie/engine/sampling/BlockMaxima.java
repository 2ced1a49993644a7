// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.sampling;

import dev.coterie.CoterieException;
import java.util.Arrays;

/**
 * The largest logit of each run of {@link #BLOCK} tokens: one pass over the vocabulary, after which
 * most of it need not be looked at again. For use by one thread; reused from token to token.
 */
final class BlockMaxima {
  /** Tokens a run. */
  static final int BLOCK = 64;

  private float[] maxima = new float[0];
  private float[] sorted = new float[0];
  private int count;
  private float max;

  /**
   * Reads all logits.
   *
   * @throws CoterieException if one is NaN or positive infinity, or all are negative infinity
   */
  void scan(float[] logits, int offset, int vocabulary) {
    count = (vocabulary + BLOCK - 1) / BLOCK;
    if (maxima.length < count) {
      maxima = new float[count];
      sorted = new float[count];
    }
    float all = Float.NEGATIVE_INFINITY;
    for (int b = 0; b < count; b++) {
      int from = offset + b * BLOCK;
      maxima[b] = max(logits, from, Math.min(from + BLOCK, offset + vocabulary));
      all = Math.max(all, maxima[b]); // NaN if any is
    }
    max = all;
    if (!(all < Float.POSITIVE_INFINITY) || all == Float.NEGATIVE_INFINITY) {
      throw refuse(logits, offset, vocabulary);
    }
  }

  private static float max(float[] logits, int from, int to) {
    float a = Float.NEGATIVE_INFINITY;
    float b = Float.NEGATIVE_INFINITY;
    float c = Float.NEGATIVE_INFINITY;
    float d = Float.NEGATIVE_INFINITY;
    int i = from;
    for (; i < to - 3; i += 4) {
      a = Math.max(a, logits[i]);
      b = Math.max(b, logits[i + 1]);
      c = Math.max(c, logits[i + 2]);
      d = Math.max(d, logits[i + 3]);
    }
    for (; i < to; i++) {
      a = Math.max(a, logits[i]);
    }
    return Math.max(Math.max(a, b), Math.max(c, d));
  }

  private static CoterieException refuse(float[] logits, int offset, int vocabulary) {
    for (int id = 0; id < vocabulary; id++) {
      float logit = logits[offset + id];
      if (Float.isNaN(logit) || logit == Float.POSITIVE_INFINITY) {
        return new CoterieException(
            "logits: expected finite numbers, found "
                + (Float.isNaN(logit) ? "NaN" : "Infinity")
                + " for token "
                + id);
      }
    }
    return new CoterieException(
        "logits: expected a token that may be taken, found -Infinity for all " + vocabulary);
  }

  /** The largest logit. */
  float max() {
    return max;
  }

  /** The largest logit of a run. */
  float max(int block) {
    return maxima[block];
  }

  /** How many runs there are. */
  int count() {
    return count;
  }

  /** The first token with the largest logit. */
  int first(float[] logits, int offset) {
    int b = 0;
    while (maxima[b] != max) {
      b++;
    }
    int id = b * BLOCK;
    while (logits[offset + id] != max) {
      id++;
    }
    return id;
  }

  /**
   * A value that at least {@code k} logits reach: the k-th largest of the maxima, each of which is
   * a logit of its own.
   */
  float reachedBy(int k) {
    if (k > count) {
      return Float.NEGATIVE_INFINITY;
    }
    System.arraycopy(maxima, 0, sorted, 0, count);
    Arrays.sort(sorted, 0, count);
    return sorted[count - k];
  }
}

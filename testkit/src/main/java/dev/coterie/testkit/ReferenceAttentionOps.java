// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Operation.Visibility;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Attention in double precision: the part of {@link ReferenceOps} that looks at a cache. */
public abstract class ReferenceAttentionOps extends ReferenceMixtureOps {
  ReferenceAttentionOps() {}

  /**
   * What the cache gives back for a key, value or latent that was put in.
   *
   * @param x what a row puts in
   * @return the same, exactly
   */
  public double[] cached(double[] x) {
    return x;
  }

  /**
   * The first position that a row sees; it sees all from there to its own.
   *
   * @param visibility which positions are seen
   * @param position the row's position
   * @return the position
   */
  public int firstVisible(Visibility visibility, int position) {
    return switch (visibility) {
      case Visibility.Full() -> 0;
      case Visibility.Window(int size) -> Math.max(0, position - size + 1);
      case Visibility.Chunk(int size) -> position / size * size;
    };
  }

  /**
   * Grouped-query attention of one row to the keys and values it may see.
   *
   * @param query {@code [heads · headSize]}
   * @param keys {@code [positions, keyValueHeads · headSize]}
   * @param values {@code [positions, keyValueHeads · headSize]}
   * @param heads the number of query heads
   * @param keyValueHeads the number of key and value heads
   * @param headSize values a head
   * @param scale multiplies the products before the softmax
   * @param sinks {@code [heads]}: scores without values, or null
   * @return {@code [heads · headSize]}
   */
  public double[] attention(
      double[] query,
      double[][] keys,
      double[][] values,
      int heads,
      int keyValueHeads,
      int headSize,
      double scale,
      double @Nullable [] sinks) {
    double[] y = new double[heads * headSize];
    for (int h = 0; h < heads; h++) {
      int kv = h / (heads / keyValueHeads) * headSize;
      double[] weights = new double[keys.length + (sinks == null ? 0 : 1)];
      for (int p = 0; p < keys.length; p++) {
        for (int i = 0; i < headSize; i++) {
          weights[p] += query[h * headSize + i] * keys[p][kv + i];
        }
        weights[p] *= scale;
      }
      if (sinks != null) {
        weights[keys.length] = sinks[h];
      }
      softmax(weights);
      for (int p = 0; p < keys.length; p++) {
        for (int i = 0; i < headSize; i++) {
          y[h * headSize + i] += weights[p] * values[p][kv + i];
        }
      }
    }
    return y;
  }

  /**
   * Absorbed multi-head latent attention of one row to the positions it may see.
   *
   * @param query {@code [heads · (nope + rope)]}
   * @param latents {@code [positions, rank]}
   * @param keyRopes {@code [positions, rope]}
   * @param keyUp {@code [heads, rank, nope]}
   * @param valueUp {@code [heads, valueSize, rank]}
   * @param scale multiplies the scores before the softmax
   * @return {@code [heads · valueSize]}
   */
  public double[] mlaAttention(
      double[] query,
      double[][] latents,
      double[][] keyRopes,
      double[][][] keyUp,
      double[][][] valueUp,
      double scale) {
    int heads = keyUp.length;
    int headSize = query.length / heads;
    int nope = keyUp[0][0].length;
    int valueSize = valueUp[0].length;
    double[] y = new double[heads * valueSize];
    for (int h = 0; h < heads; h++) {
      double[] head = Arrays.copyOfRange(query, h * headSize, (h + 1) * headSize);
      double[] rotated = Arrays.copyOfRange(head, nope, headSize);
      double[] absorbed = new double[keyUp[h].length];
      for (int i = 0; i < absorbed.length; i++) {
        absorbed[i] = dot(keyUp[h][i], head); // the row is as long as the head's first part
      }
      double[] weights = new double[latents.length];
      for (int p = 0; p < weights.length; p++) {
        weights[p] = scale * (dot(absorbed, latents[p]) + dot(rotated, keyRopes[p]));
      }
      softmax(weights);
      double[] mean = new double[absorbed.length];
      for (int p = 0; p < weights.length; p++) {
        for (int i = 0; i < mean.length; i++) {
          mean[i] += weights[p] * latents[p][i];
        }
      }
      for (int i = 0; i < valueSize; i++) {
        y[h * valueSize + i] = dot(valueUp[h][i], mean);
      }
    }
    return y;
  }

  /** Over the length of the first. */
  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /**
   * The lightning indexer's scores: {@code Σ_h weights_h · max(0, query_h · key_j)}.
   *
   * @param query {@code [heads · size]}
   * @param weights {@code [heads]}
   * @param keys {@code [positions, size]}
   * @return {@code [positions]}
   */
  public double[] indexScores(double[] query, double[] weights, double[][] keys) {
    double[] scores = new double[keys.length];
    for (int h = 0; h < weights.length; h++) {
      int size = query.length / weights.length;
      double[] head = Arrays.copyOfRange(query, h * size, (h + 1) * size);
      for (int p = 0; p < keys.length; p++) {
        scores[p] += weights[h] * Math.max(0, dot(head, keys[p]));
      }
    }
    return scores;
  }

  /**
   * The lightning indexer for one row.
   *
   * @param query {@code [heads · size]}
   * @param weights {@code [heads]}
   * @param keys {@code [positions, size]}
   * @param count how many positions are selected
   * @return {@code [count]}: the positions, then −1
   */
  public double[] selectPositions(double[] query, double[] weights, double[][] keys, int count) {
    int[] selected = best(indexScores(query, weights, keys), count);
    double[] y = new double[count];
    Arrays.setAll(y, i -> i < selected.length ? selected[i] : -1);
    return y;
  }
}

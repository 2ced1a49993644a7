// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Every operation in double precision, as plain loops over one row written from the definitions.
 * Slow and simple on purpose: all backends are judged by it. A subclass that overrides a method is
 * a backend with one known error.
 */
public class ReferenceOps {
  /** Operations without state. */
  public ReferenceOps() {}

  /**
   * A row of the embedding table.
   *
   * @param table {@code [vocabulary, width]}
   * @param token the row
   * @return {@code [width]}
   */
  public double[] embed(Tensor table, int token) {
    return row(table, token);
  }

  /**
   * {@code weight · x / sqrt(mean(x²) + epsilon)}.
   *
   * @param x {@code [width]}
   * @param weight {@code [width]}
   * @param epsilon keeps the root from 0
   * @return {@code [width]}
   */
  public double[] rmsNorm(double[] x, double[] weight, double epsilon) {
    double sum = 0;
    for (double v : x) {
      sum += v * v;
    }
    double root = Math.sqrt(sum / x.length + epsilon);
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = weight[i] * (x[i] / root);
    }
    return y;
  }

  /**
   * {@code W x + bias} for several x.
   *
   * @param x {@code [rows, in]}
   * @param weight {@code [out, in]}
   * @param bias {@code [out]}, or null
   * @return {@code [rows, out]}
   */
  public double[][] linear(double[][] x, Tensor weight, double @Nullable [] bias) {
    int out = weight.rows();
    float[] w = new float[weight.columns()];
    double[][] y = new double[x.length][out];
    for (int o = 0; o < out; o++) {
      weight.decodeRow(o, w, 0);
      for (int r = 0; r < x.length; r++) {
        double sum = bias == null ? 0 : bias[o];
        for (int i = 0; i < w.length; i++) {
          sum += w[i] * x[r][i];
        }
        y[r][o] = sum;
      }
    }
    return y;
  }

  /**
   * Rotary position embedding: each pair of a head's values, seen as a complex number, is
   * multiplied by {@code magnitude · exp(i · position · frequency)}.
   *
   * @param x {@code [heads · headSize]}
   * @param position the row's position
   * @param headSize values a head
   * @param interleaved whether pairs are neighbors; else they lie the number of frequencies apart
   * @param frequencies radians a position, one a pair
   * @param magnitude multiplies the rotated values
   * @return {@code [heads · headSize]}
   */
  public double[] rope(
      double[] x,
      int position,
      int headSize,
      boolean interleaved,
      float[] frequencies,
      double magnitude) {
    double[] y = x.clone();
    for (int head = 0; head < x.length; head += headSize) {
      for (int i = 0; i < frequencies.length; i++) {
        double angle = position * (double) frequencies[i];
        int re = head + (interleaved ? 2 * i : i);
        int im = head + (interleaved ? 2 * i + 1 : i + frequencies.length);
        y[re] = magnitude * (x[re] * Math.cos(angle) - x[im] * Math.sin(angle));
        y[im] = magnitude * (x[re] * Math.sin(angle) + x[im] * Math.cos(angle));
      }
    }
    return y;
  }

  /**
   * What the cache gives back for a key or value that was put in.
   *
   * @param x a row's keys or values
   * @return the same, exactly
   */
  public double[] cached(double[] x) {
    return x;
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
   * @return {@code [heads · headSize]}
   */
  public double[] attention(
      double[] query,
      double[][] keys,
      double[][] values,
      int heads,
      int keyValueHeads,
      int headSize,
      double scale) {
    double[] y = new double[heads * headSize];
    for (int h = 0; h < heads; h++) {
      int kv = h / (heads / keyValueHeads) * headSize;
      double[] weights = new double[keys.length];
      for (int p = 0; p < keys.length; p++) {
        for (int i = 0; i < headSize; i++) {
          weights[p] += query[h * headSize + i] * keys[p][kv + i];
        }
        weights[p] *= scale;
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
   * {@code exp(x) / sum(exp(x))}, in place.
   *
   * @param x scores; receives the weights
   */
  public void softmax(double[] x) {
    double max = Double.NEGATIVE_INFINITY;
    for (double v : x) {
      max = Math.max(max, v);
    }
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      x[i] = Math.exp(x[i] - max);
      sum += x[i];
    }
    for (int i = 0; i < x.length; i++) {
      x[i] /= sum;
    }
  }

  /**
   * {@code silu(gate) · up} with {@code silu(x) = x / (1 + exp(-x))}.
   *
   * @param gate {@code [width]}
   * @param up {@code [width]}
   * @return {@code [width]}
   */
  public double[] swiGlu(double[] gate, double[] up) {
    double[] y = new double[gate.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
    }
    return y;
  }

  /**
   * {@code left + right}.
   *
   * @param left {@code [width]}
   * @param right {@code [width]}
   * @return {@code [width]}
   */
  public double[] add(double[] left, double[] right) {
    double[] y = new double[left.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = left[i] + right[i];
    }
    return y;
  }

  /**
   * Decodes a row of a tensor.
   *
   * @param tensor the tensor
   * @param row the row
   * @return {@code [columns]}
   */
  public static double[] row(Tensor tensor, int row) {
    float[] decoded = new float[tensor.columns()];
    tensor.decodeRow(row, decoded, 0);
    double[] values = new double[decoded.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = decoded[i];
    }
    return values;
  }
}

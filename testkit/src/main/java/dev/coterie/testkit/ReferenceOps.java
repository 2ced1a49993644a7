// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Every operation in double precision, as plain loops over one row written from the definitions.
 * Slow and simple on purpose: all backends are judged by it. A subclass that overrides a method is
 * a backend with one known error.
 */
public class ReferenceOps extends ReferenceCompressionOps {
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
   * A row's hidden state.
   *
   * @param hidden {@code [rows, width]}
   * @param row the row
   * @param width values a row
   * @return {@code [width]}
   */
  public double[] hiddenInput(float[] hidden, int row, int width) {
    double[] y = new double[width];
    for (int i = 0; i < width; i++) {
      y[i] = hidden[row * width + i];
    }
    return y;
  }

  /**
   * Puts a row's hidden state in its place.
   *
   * @param x {@code [width]}
   * @param hidden {@code [rows, width]}
   * @param row the row
   */
  public void hiddenOutput(double[] x, float[] hidden, int row) {
    for (int i = 0; i < x.length; i++) {
      hidden[row * x.length + i] = (float) x[i];
    }
  }

  @Override
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
   * {@link #rmsNorm(double[], double[], double)} of each of several equal parts.
   *
   * @param x {@code [parts · n]}
   * @param weight {@code [n]}, or null for all ones
   * @param epsilon keeps the root from 0
   * @param parts how many parts
   * @return {@code [parts · n]}
   */
  public double[] rmsNorm(double[] x, double @Nullable [] weight, double epsilon, int parts) {
    int n = x.length / parts;
    double[] ones = new double[n];
    Arrays.fill(ones, 1);
    double[] y = new double[x.length];
    for (int part = 0; part < parts; part++) {
      double[] values = Arrays.copyOfRange(x, part * n, (part + 1) * n);
      double[] normed = rmsNorm(values, weight == null ? ones : weight, epsilon);
      System.arraycopy(normed, 0, y, part * n, n);
    }
    return y;
  }

  /**
   * {@code weight · (x − mean(x)) / sqrt(variance(x) + epsilon) + bias}.
   *
   * @param x {@code [width]}
   * @param weight {@code [width]}
   * @param bias {@code [width]}
   * @param epsilon keeps the root from 0
   * @return {@code [width]}
   */
  public double[] layerNorm(double[] x, double[] weight, double[] bias, double epsilon) {
    double mean = Arrays.stream(x).sum() / x.length;
    double variance = 0;
    for (double v : x) {
      variance += (v - mean) * (v - mean) / x.length;
    }
    double root = Math.sqrt(variance + epsilon);
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = weight[i] * ((x[i] - mean) / root) + bias[i];
    }
    return y;
  }

  /**
   * A stretch of a row.
   *
   * @param x {@code [width]}
   * @param from the first value taken
   * @param length how many are taken
   * @return {@code [length]}
   */
  public double[] slice(double[] x, int from, int length) {
    return Arrays.copyOfRange(x, from, from + length);
  }

  /**
   * Two rows as one.
   *
   * @param first {@code [m]}
   * @param second {@code [n]}
   * @return {@code [m + n]}
   */
  public double[] concat(double[] first, double[] second) {
    double[] y = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, y, first.length, second.length);
    return y;
  }

  /**
   * {@code x · (scale · ln(floor((position + 1) / period) + 1) + 1)}.
   *
   * @param x {@code [width]}
   * @param position the row's position
   * @param scale how strongly
   * @param period positions after which it grows
   * @return {@code [width]}
   */
  public double[] positionScale(double[] x, int position, double scale, int period) {
    double factor = scale * Math.log(Math.floor((position + 1) / (double) period) + 1) + 1;
    return Arrays.stream(x).map(v -> v * factor).toArray();
  }

  @Override
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

  @Override
  public double[] rope(
      double[] x,
      int position,
      int headSize,
      int offset,
      boolean interleaved,
      float[] frequencies,
      double magnitude) {
    double[] y = x.clone();
    for (int head = 0; head < x.length; head += headSize) {
      for (int i = 0; i < frequencies.length; i++) {
        double angle = position * (double) frequencies[i];
        int re = head + offset + (interleaved ? 2 * i : i);
        int im = head + offset + (interleaved ? 2 * i + 1 : i + frequencies.length);
        y[re] = magnitude * (x[re] * Math.cos(angle) - x[im] * Math.sin(angle));
        y[im] = magnitude * (x[re] * Math.sin(angle) + x[im] * Math.cos(angle));
      }
    }
    return y;
  }

  @Override
  public double[] swiGlu(double[] gate, double[] up, double limit) {
    double[] y = new double[gate.length];
    for (int i = 0; i < y.length; i++) {
      double g = Math.min(gate[i], limit);
      double u = Math.max(-limit, Math.min(up[i], limit));
      y[i] = g / (1 + Math.exp(-g)) * u;
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
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Hyper-connections, grouped products and compressed entries in double precision: the part of
 * {@link ReferenceOps} for DeepSeek-V4.
 */
public abstract class ReferenceCompressionOps extends ReferenceAttentionOps {
  ReferenceCompressionOps() {}

  /**
   * {@code weight · x / sqrt(mean(x²) + epsilon)}.
   *
   * @param x {@code [width]}
   * @param weight {@code [width]}
   * @param epsilon keeps the root from 0
   * @return {@code [width]}
   */
  public abstract double[] rmsNorm(double[] x, double[] weight, double epsilon);

  /**
   * Rotary position embedding: each pair of a head's values, seen as a complex number, is
   * multiplied by {@code magnitude · exp(i · position · frequency)}.
   *
   * @param x {@code [heads · headSize]}
   * @param position the row's position
   * @param headSize values a head
   * @param offset the first rotated value of a head
   * @param interleaved whether pairs are neighbors; else they lie the number of frequencies apart
   * @param frequencies radians a position, one a pair
   * @param magnitude multiplies the rotated values
   * @return {@code [heads · headSize]}
   */
  public abstract double[] rope(
      double[] x,
      int position,
      int headSize,
      int offset,
      boolean interleaved,
      float[] frequencies,
      double magnitude);

  /**
   * A row several times over.
   *
   * @param x {@code [width]}
   * @param length {@code times · width}
   * @return {@code [length]}
   */
  public double[] repeat(double[] x, int length) {
    return IntStream.range(0, length).mapToDouble(i -> x[i % x.length]).toArray();
  }

  /**
   * {@code function · streams / sqrt(mean(streams²) + epsilon)}.
   *
   * @param streams {@code [n · width]}
   * @param function {@code [out, n · width]}
   * @param epsilon keeps the root from 0
   * @return {@code [out]}
   */
  public double[] hyperMix(double[] streams, Tensor function, double epsilon) {
    double root = Math.sqrt(dot(streams, streams) / streams.length + epsilon);
    double[] y = linear(new double[][] {streams}, function, null)[0];
    return Arrays.stream(y).map(v -> v / root).toArray();
  }

  /**
   * The weights of a hyper-connection.
   *
   * @param hyper tells scales, base and iterations
   * @param mix {@code [(2 + n) · n]}, of {@link #hyperMix}
   * @return {@code [(2 + n) · n]}: reading, writing, the matrix
   */
  public double[] hyperWeights(Operation.HyperWeights hyper, double[] mix) {
    double[] scale = row(hyper.scale(), 0);
    double[] base = row(hyper.base(), 0);
    int n = streams(mix.length);
    double[] y = new double[mix.length];
    for (int i = 0; i < n; i++) {
      y[i] = sigmoid(mix[i] * scale[0] + base[i]) + hyper.epsilon();
      y[n + i] = 2 * sigmoid(mix[n + i] * scale[1] + base[n + i]);
    }
    double[][] matrix = new double[n][n];
    for (int j = 0; j < n; j++) {
      for (int k = 0; k < n; k++) {
        int i = 2 * n + j * n + k;
        matrix[j][k] = mix[i] * scale[2] + base[i];
      }
    }
    doublyStochastic(matrix, hyper.iterations(), hyper.epsilon());
    for (int j = 0; j < n; j++) {
      System.arraycopy(matrix[j], 0, y, 2 * n + j * n, n);
    }
    return y;
  }

  /**
   * The number of streams that a hyper-connection's weights are for.
   *
   * @param weights {@code (2 + n) · n}
   * @return n; of no use where there is none
   */
  static int streams(int weights) {
    return (int) Math.round(Math.sqrt(weights + 1.0)) - 1;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /**
   * Makes the sums of a matrix's rows and columns about 1, in place.
   *
   * @param matrix {@code [n, n]}, any values; receives positive ones
   * @param iterations how often columns are normalized
   * @param epsilon keeps values and sums from 0
   */
  public void doublyStochastic(double[][] matrix, int iterations, double epsilon) {
    for (double[] row : matrix) {
      softmax(row);
      Arrays.setAll(row, k -> row[k] + epsilon);
    }
    for (int i = 0; i < iterations; i++) {
      if (i > 0) {
        for (double[] row : matrix) {
          double sum = Arrays.stream(row).sum() + epsilon;
          Arrays.setAll(row, k -> row[k] / sum);
        }
      }
      for (int k = 0; k < matrix.length; k++) {
        double sum = epsilon;
        for (double[] row : matrix) {
          sum += row[k];
        }
        for (double[] row : matrix) {
          row[k] /= sum;
        }
      }
    }
  }

  /**
   * {@code Σ_i weights_i · streams_i}.
   *
   * @param streams {@code [n · width]}
   * @param weights at least n
   * @param width values a stream
   * @return {@code [width]}
   */
  public double[] hyperRead(double[] streams, double[] weights, int width) {
    double[] y = new double[width];
    for (int i = 0; i < streams.length; i++) {
      y[i % width] += weights[i / width] * streams[i];
    }
    return y;
  }

  /**
   * {@code streams'_k = write_k · input + Σ_j matrix_jk · streams_j}.
   *
   * @param streams {@code [n · width]}
   * @param weights {@code [(2 + n) · n]}
   * @param input {@code [width]}
   * @return {@code [n · width]}
   */
  public double[] hyperWrite(double[] streams, double[] weights, double[] input) {
    int width = input.length;
    int n = streams.length / width;
    double[] y = new double[streams.length];
    for (int k = 0; k < n; k++) {
      for (int i = 0; i < width; i++) {
        y[k * width + i] = weights[n + k] * input[i];
        for (int j = 0; j < n; j++) {
          y[k * width + i] += weights[2 * n + j * n + k] * streams[j * width + i];
        }
      }
    }
    return y;
  }

  /**
   * The end of the streams.
   *
   * @param head tells the tensors
   * @param streams {@code [n · width]}
   * @return {@code [width]}
   */
  public double[] hyperHead(Operation.HyperHead head, double[] streams) {
    double scale = row(head.scale(), 0)[0];
    double[] base = row(head.base(), 0);
    double[] weights = hyperMix(streams, head.function(), head.normEpsilon());
    for (int i = 0; i < weights.length; i++) {
      weights[i] = sigmoid(weights[i] * scale + base[i]) + head.epsilon();
    }
    return hyperRead(streams, weights, head.output().width());
  }

  /**
   * A product for each group of the row.
   *
   * @param grouped tells the weights
   * @param x {@code [rows, groups · in]}
   * @return {@code [rows, groups · out]}
   */
  public double[][] groupedLinear(Operation.GroupedLinear grouped, double[][] x) {
    double[][] y = new double[x.length][grouped.output().width()];
    int in = grouped.input().width() / grouped.weights().size();
    for (int g = 0; g < grouped.weights().size(); g++) {
      int from = g * in;
      double[][] group =
          Arrays.stream(x)
              .map(row -> Arrays.copyOfRange(row, from, from + in))
              .toArray(double[][]::new);
      double[][] products = linear(group, grouped.weights().get(g), null);
      for (int r = 0; r < x.length; r++) {
        int out = products[r].length;
        System.arraycopy(products[r], 0, y[r], g * out, out);
      }
    }
    return y;
  }

  /**
   * How many entries a row sees: those whose last token is there, its own included.
   *
   * @param ratio tokens an entry
   * @param position the row's position
   * @return entries
   */
  public int entries(int ratio, int position) {
    return (position + 1) / ratio;
  }

  /**
   * Makes an entry.
   *
   * @param compressor says how
   * @param window the entry's number
   * @param values {@code [tokens, coff · size]}: of the window's tokens, behind those of the window
   *     before where windows overlap and there is one
   * @param gates as the values
   * @return {@code [size]}
   */
  public double[] compress(
      Operation.Compressor compressor, int window, double[][] values, double[][] gates) {
    int ratio = compressor.ratio();
    int size = compressor.size();
    int first = ratio * (window + 1) - values.length; // position
    double[][] bias = new double[ratio][];
    Arrays.setAll(bias, i -> row(compressor.positionBias(), i));
    double[] entry = new double[size];
    for (int channel = 0; channel < size; channel++) {
      int[] columns = new int[values.length];
      double[] weights = new double[values.length];
      for (int i = 0; i < weights.length; i++) {
        boolean secondHalf = compressor.overlaps() && first + i >= ratio * window;
        columns[i] = secondHalf ? size + channel : channel;
        weights[i] = gates[i][columns[i]] + bias[(first + i) % ratio][columns[i]];
      }
      softmax(weights);
      for (int i = 0; i < weights.length; i++) {
        entry[channel] += weights[i] * values[i][columns[i]];
      }
    }
    double[] normed = rmsNorm(entry, row(compressor.norm(), 0), compressor.epsilon());
    float[] frequencies = compressor.frequencies();
    int offset = size - 2 * frequencies.length;
    return rope(normed, ratio * window, size, offset, true, frequencies, 1);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Operation.HyperHead;
import dev.coterie.spi.Operation.HyperWeights;
import java.util.Arrays;

/** Hyper-connections: the weights of a layer's streams, what it reads, what it writes. */
final class HyperSteps {
  private HyperSteps() {}

  /** Copies of a row. */
  record Repeat(Buffer input, int width, int times, Buffer output) implements RowSteps.RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      for (int i = 0; i < times; i++) {
        int to = row * output.stride + i * width;
        System.arraycopy(input.data, row * input.stride, output.data, to, width);
      }
    }
  }

  /**
   * {@code function · streams / sqrt(mean(streams²) + epsilon)} of one row, in the worker's room.
   */
  private static float[] project(
      PackedMatrix function, Buffer streams, int row, float epsilon, Worker worker) {
    int at = row * streams.stride;
    double squares = 0;
    for (int i = 0; i < function.columns(); i++) {
      squares += (double) streams.data[at + i] * streams.data[at + i];
    }
    int stride = Buffer.padded(function.rows());
    float[] m = worker.temporary(stride);
    Arrays.fill(m, 0, stride, 0);
    worker.kernels.linear(
        function,
        streams.data,
        at,
        streams.stride,
        1,
        m,
        0,
        stride,
        0,
        function.groups(),
        worker.scratch);
    float factor = (float) (1 / Math.sqrt(squares / function.columns() + epsilon));
    for (int i = 0; i < function.rows(); i++) {
      m[i] *= factor;
    }
    return m;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /** The weights of a layer's streams. */
  @SuppressWarnings("ArrayRecordComponent")
  record Weights(
      HyperWeights operation,
      PackedMatrix function,
      float[] base,
      float[] scale,
      int count,
      Buffer streams,
      Buffer output)
      implements RowSteps.RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      float[] m = project(function, streams, row, operation.normEpsilon(), worker);
      float epsilon = operation.epsilon();
      int to = row * output.stride;
      for (int i = 0; i < count; i++) {
        output.data[to + i] = (float) (sigmoid(m[i] * scale[0] + base[i]) + epsilon);
        int j = count + i;
        output.data[to + j] = (float) (2 * sigmoid(m[j] * scale[1] + base[j]));
      }
      double[] c = new double[count * count];
      for (int i = 0; i < c.length; i++) {
        int j = 2 * count + i;
        c[i] = m[j] * scale[2] + base[j];
      }
      balance(c, epsilon);
      for (int i = 0; i < c.length; i++) {
        output.data[to + 2 * count + i] = (float) c[i];
      }
    }

    /** Sinkhorn and Knopp's way to a doubly stochastic matrix. */
    private void balance(double[] c, float epsilon) {
      for (int row = 0; row < count; row++) {
        double most = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < count; k++) {
          most = Math.max(most, c[row * count + k]);
        }
        double sum = 0;
        for (int k = 0; k < count; k++) {
          c[row * count + k] = Math.exp(c[row * count + k] - most);
          sum += c[row * count + k];
        }
        for (int k = 0; k < count; k++) {
          c[row * count + k] = c[row * count + k] / sum + epsilon;
        }
      }
      divide(c, 1, count, epsilon);
      for (int i = 1; i < operation.iterations(); i++) {
        divide(c, count, 1, epsilon);
        divide(c, 1, count, epsilon);
      }
    }

    /**
     * Divides lines by their sums: columns where lines lie 1 apart, rows where they lie count
     * apart.
     */
    private void divide(double[] c, int line, int step, float epsilon) {
      for (int i = 0; i < count; i++) {
        double sum = epsilon;
        for (int k = 0; k < count; k++) {
          sum += c[i * line + k * step];
        }
        for (int k = 0; k < count; k++) {
          c[i * line + k * step] /= sum;
        }
      }
    }
  }

  /** What a layer reads. */
  record Read(Buffer streams, Buffer weights, int count, int width, Buffer output)
      implements RowSteps.RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      weigh(streams, row, weights.data, row * weights.stride, count, width, output);
    }
  }

  private static void weigh(
      Buffer streams, int row, float[] weights, int w, int count, int width, Buffer output) {
    int to = row * output.stride;
    Arrays.fill(output.data, to, to + width, 0);
    for (int i = 0; i < count; i++) {
      float weight = weights[w + i];
      int from = row * streams.stride + i * width;
      for (int k = 0; k < width; k++) {
        output.data[to + k] += weight * streams.data[from + k];
      }
    }
  }

  /** The streams after a layer. */
  record Write(Buffer streams, Buffer weights, Buffer input, int count, int width, Buffer output)
      implements RowSteps.RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      int w = row * weights.stride;
      int z = row * input.stride;
      for (int k = 0; k < count; k++) {
        int to = row * output.stride + k * width;
        float write = weights.data[w + count + k];
        for (int i = 0; i < width; i++) {
          output.data[to + i] = write * input.data[z + i];
        }
        for (int j = 0; j < count; j++) {
          float weight = weights.data[w + 2 * count + j * count + k];
          int from = row * streams.stride + j * width;
          for (int i = 0; i < width; i++) {
            output.data[to + i] += weight * streams.data[from + i];
          }
        }
      }
    }
  }

  /** The end of the streams. */
  @SuppressWarnings("ArrayRecordComponent")
  record Head(
      HyperHead operation,
      PackedMatrix function,
      float[] base,
      float[] scale,
      Buffer streams,
      Buffer output)
      implements RowSteps.RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      float[] m = project(function, streams, row, operation.normEpsilon(), worker);
      int count = base.length;
      for (int i = 0; i < count; i++) {
        m[i] = (float) (sigmoid(m[i] * scale[0] + base[i]) + operation.epsilon());
      }
      weigh(streams, row, m, 0, count, operation.output().width(), output);
    }
  }
}

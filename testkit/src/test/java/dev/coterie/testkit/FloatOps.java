// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Tensor;
import org.jspecify.annotations.Nullable;

/** The operations as an honest float32 backend without any cleverness has them. */
class FloatOps extends ReferenceOps {
  @Override
  public double[] rmsNorm(double[] x, double[] weight, double epsilon) {
    float sum = 0;
    for (double v : x) {
      sum += (float) v * (float) v;
    }
    float inverse = 1 / (float) Math.sqrt(sum / x.length + (float) epsilon);
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = (float) weight[i] * ((float) x[i] * inverse);
    }
    return y;
  }

  @Override
  public double[][] linear(double[][] x, Tensor weight, double @Nullable [] bias) {
    int out = weight.rows();
    float[] w = new float[weight.columns()];
    double[][] y = new double[x.length][out];
    for (int o = 0; o < out; o++) {
      weight.decodeRow(o, w, 0);
      for (int r = 0; r < x.length; r++) {
        float sum = bias == null ? 0 : (float) bias[o];
        for (int i = 0; i < w.length; i++) {
          sum += w[i] * (float) x[r][i];
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
        float angle = position * frequencies[i];
        float cos = (float) magnitude * (float) Math.cos(angle);
        float sin = (float) magnitude * (float) Math.sin(angle);
        int re = head + offset + (interleaved ? 2 * i : i);
        int im = head + offset + (interleaved ? 2 * i + 1 : i + frequencies.length);
        y[re] = (float) x[re] * cos - (float) x[im] * sin;
        y[im] = (float) x[re] * sin + (float) x[im] * cos;
      }
    }
    return y;
  }

  @Override
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
      float max = sinks == null ? Float.NEGATIVE_INFINITY : (float) sinks[h];
      float[] scores = new float[keys.length];
      for (int p = 0; p < keys.length; p++) {
        for (int i = 0; i < headSize; i++) {
          scores[p] += (float) query[h * headSize + i] * (float) keys[p][kv + i];
        }
        scores[p] *= (float) scale;
        max = Math.max(max, scores[p]);
      }
      float sum = sinks == null ? 0 : (float) Math.exp((float) sinks[h] - max);
      float[] out = new float[headSize];
      for (int p = 0; p < keys.length; p++) {
        float weight = (float) Math.exp(scores[p] - max);
        sum += weight;
        for (int i = 0; i < headSize; i++) {
          out[i] += weight * (float) values[p][kv + i];
        }
      }
      for (int i = 0; i < headSize; i++) {
        y[h * headSize + i] = out[i] / sum;
      }
    }
    return y;
  }

  @Override
  public double[] swiGlu(double[] gate, double[] up, double limit) {
    double[] y = new double[gate.length];
    for (int i = 0; i < y.length; i++) {
      float g = Math.min((float) gate[i], (float) limit);
      float u = Math.max((float) -limit, Math.min((float) up[i], (float) limit));
      y[i] = g / (1 + (float) Math.exp(-g)) * u;
    }
    return y;
  }

  @Override
  public double[] add(double[] left, double[] right) {
    double[] y = new double[left.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = (float) left[i] + (float) right[i];
    }
    return y;
  }

  /** Rounds each run of 32 values to 8 bits and a half-precision scale. */
  static double[] roundedTo8Bits(double[] x, boolean halfScale) {
    double[] y = new double[x.length];
    for (int from = 0; from < x.length; from += 32) {
      int to = Math.min(from + 32, x.length);
      float most = 0;
      for (int i = from; i < to; i++) {
        most = Math.max(most, Math.abs((float) x[i]));
      }
      float scale = most / 127;
      scale = halfScale ? Float.float16ToFloat(Float.floatToFloat16(scale)) : scale;
      for (int i = from; i < to; i++) {
        y[i] = scale == 0 ? 0 : Math.round(x[i] / scale) * (double) scale;
      }
    }
    return y;
  }
}

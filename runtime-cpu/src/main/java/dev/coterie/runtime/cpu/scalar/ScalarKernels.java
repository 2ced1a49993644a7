// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.scalar;

import dev.coterie.runtime.cpu.AttentionWork;
import dev.coterie.runtime.cpu.Kernels;
import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import dev.coterie.runtime.cpu.PagedCache;
import java.lang.foreign.MemorySegment;

/**
 * The kernels of the {@code scalar} tier: plain loops that run everywhere. A row's result does not
 * depend on the rows computed with it, to the last bit.
 */
public final class ScalarKernels implements Kernels {
  private static final int ROWS = Layout.GROUP_ROWS;

  /** Needs nothing. */
  public ScalarKernels() {}

  @Override
  public String tier() {
    return "scalar";
  }

  @Override
  public String details() {
    return "plain loops";
  }

  @Override
  public Scratch newScratch(int maxKeySize) {
    return new ScalarScratch(maxKeySize);
  }

  @Override
  public void linear(
      PackedMatrix w,
      float[] x,
      int xOffset,
      int xStride,
      int rows,
      float[] y,
      int yOffset,
      int yStride,
      int fromGroup,
      int toGroup,
      Scratch scratch) {
    ScalarScratch own = (ScalarScratch) scratch;
    for (int group = fromGroup; group < toGroup; group++) {
      for (int from = 0; from < w.columns(); from += ScalarScratch.PANEL_INPUTS) {
        int count = Math.min(ScalarScratch.PANEL_INPUTS, w.columns() - from);
        own.panels.decode(w, group, from, count, own.panel);
        for (int row = 0; row < rows; row++) {
          int in = xOffset + row * xStride + from;
          multiply(own.panel, count, x, in, y, yOffset + row * yStride + group * ROWS);
        }
      }
    }
  }

  private static void multiply(
      float[] panel, int count, float[] x, int xOffset, float[] y, int yOffset) {
    for (int k = 0; k < count; k++) {
      float q = x[xOffset + k];
      int at = k * ROWS;
      for (int r = 0; r < ROWS; r++) {
        y[yOffset + r] += panel[at + r] * q;
      }
    }
  }

  @Override
  public void rmsNorm(
      float[] x, int xOffset, float[] weight, int width, float epsilon, float[] y, int yOffset) {
    double sum = 0;
    for (int i = 0; i < width; i++) {
      double v = x[xOffset + i];
      sum += v * v;
    }
    float factor = (float) (1 / Math.sqrt(sum / width + epsilon));
    for (int i = 0; i < width; i++) {
      y[yOffset + i] = x[xOffset + i] * factor * weight[i];
    }
  }

  @Override
  public void swiGlu(
      float limit,
      float[] gate,
      int gateOffset,
      float[] up,
      int upOffset,
      float[] out,
      int outOffset,
      int count) {
    for (int i = 0; i < count; i++) {
      float g = Math.min(gate[gateOffset + i], limit);
      float u = Math.max(-limit, Math.min(up[upOffset + i], limit));
      out[outOffset + i] = (float) (g / (1 + Math.exp(-g))) * u;
    }
  }

  @Override
  public void add(
      float[] left,
      int leftOffset,
      float[] right,
      int rightOffset,
      float[] out,
      int outOffset,
      int count) {
    for (int i = 0; i < count; i++) {
      out[outOffset + i] = left[leftOffset + i] + right[rightOffset + i];
    }
  }

  @Override
  public void keyScores(
      PagedCache cache,
      MemorySegment block,
      long keys,
      int size,
      float[] query,
      int queryOffset,
      int queryStride,
      int queries,
      float[] scores,
      int scoresOffset,
      Scratch scratch) {
    ScalarScratch own = (ScalarScratch) scratch;
    ScalarAttention.readKeys(cache, block, keys, size, own.keys);
    for (int i = 0; i < queries; i++) {
      int from = queryOffset + i * queryStride;
      ScalarAttention.scores(
          query, from, size, own.keys, scores, scoresOffset + i * PagedCache.PANEL);
    }
  }

  @Override
  public void attend(AttentionWork work, Scratch scratch) {
    ScalarAttention.attend(work, (ScalarScratch) scratch);
  }
}

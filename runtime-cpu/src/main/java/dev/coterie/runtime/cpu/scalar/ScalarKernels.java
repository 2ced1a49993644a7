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
        int out = yOffset + group * ROWS;
        int row = 0;
        for (; row + 4 <= rows; row += 4) {
          int xo = xOffset + row * xStride + from;
          four(own.panel, count, x, xo, xStride, y, row * yStride + out, yStride);
        }
        for (; row < rows; row++) {
          one(own.panel, count, x, xOffset + row * xStride + from, y, row * yStride + out);
        }
      }
    }
  }

  /** Four rows by four outputs: 16 sums in registers, each over k in the order of {@link #one}. */
  private static void four(
      float[] panel,
      int count,
      float[] x,
      int xOffset,
      int xStride,
      float[] y,
      int yo,
      int stride) {
    int x1 = xOffset + xStride;
    int x2 = x1 + xStride;
    int x3 = x2 + xStride;
    for (int r = 0; r < ROWS; r += 4) {
      int y0 = yo + r;
      int y1 = y0 + stride;
      int y2 = y1 + stride;
      int y3 = y2 + stride;
      float s00 = y[y0], s01 = y[y0 + 1], s02 = y[y0 + 2], s03 = y[y0 + 3];
      float s10 = y[y1], s11 = y[y1 + 1], s12 = y[y1 + 2], s13 = y[y1 + 3];
      float s20 = y[y2], s21 = y[y2 + 1], s22 = y[y2 + 2], s23 = y[y2 + 3];
      float s30 = y[y3], s31 = y[y3 + 1], s32 = y[y3 + 2], s33 = y[y3 + 3];
      for (int k = 0; k < count; k++) {
        int at = k * ROWS + r;
        float p0 = panel[at], p1 = panel[at + 1], p2 = panel[at + 2], p3 = panel[at + 3];
        float q0 = x[xOffset + k], q1 = x[x1 + k], q2 = x[x2 + k], q3 = x[x3 + k];
        s00 += p0 * q0;
        s01 += p1 * q0;
        s02 += p2 * q0;
        s03 += p3 * q0;
        s10 += p0 * q1;
        s11 += p1 * q1;
        s12 += p2 * q1;
        s13 += p3 * q1;
        s20 += p0 * q2;
        s21 += p1 * q2;
        s22 += p2 * q2;
        s23 += p3 * q2;
        s30 += p0 * q3;
        s31 += p1 * q3;
        s32 += p2 * q3;
        s33 += p3 * q3;
      }
      y[y0] = s00;
      y[y0 + 1] = s01;
      y[y0 + 2] = s02;
      y[y0 + 3] = s03;
      y[y1] = s10;
      y[y1 + 1] = s11;
      y[y1 + 2] = s12;
      y[y1 + 3] = s13;
      y[y2] = s20;
      y[y2 + 1] = s21;
      y[y2 + 2] = s22;
      y[y2 + 3] = s23;
      y[y3] = s30;
      y[y3 + 1] = s31;
      y[y3 + 2] = s32;
      y[y3 + 3] = s33;
    }
  }

  private static void one(
      float[] panel, int count, float[] x, int xOffset, float[] y, int yOffset) {
    for (int r = 0; r < ROWS; r += 4) {
      int yo = yOffset + r;
      float s0 = y[yo], s1 = y[yo + 1], s2 = y[yo + 2], s3 = y[yo + 3];
      for (int k = 0; k < count; k++) {
        float q = x[xOffset + k];
        int at = k * ROWS + r;
        s0 += panel[at] * q;
        s1 += panel[at + 1] * q;
        s2 += panel[at + 2] * q;
        s3 += panel[at + 3] * q;
      }
      y[yo] = s0;
      y[yo + 1] = s1;
      y[yo + 2] = s2;
      y[yo + 3] = s3;
    }
  }

  @Override
  public void rmsNorm(
      float[] x,
      int xOffset,
      float[] weight,
      int width,
      float epsilon,
      float[] y,
      int yOffset,
      Scratch scratch) {
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
      int count,
      Scratch scratch) {
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

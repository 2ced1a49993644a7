// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import dev.coterie.runtime.cpu.AttentionWork;
import dev.coterie.runtime.cpu.Kernels;
import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import dev.coterie.runtime.cpu.PagedCache;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The kernels of the {@code vector} tier, on the Vector API. Loading this class needs the module
 * {@code jdk.incubator.vector}; only the provider does so, after it has looked.
 */
public final class VectorKernels implements Kernels {
  private static final int LANES = Lanes.COUNT;

  /** Checks that vectors are wide enough to be worth it. */
  public VectorKernels() {
    if (Lanes.BITS < 128) {
      throw new UnsupportedOperationException(
          "vectors of at least 128 bits are needed, the widest here have " + Lanes.BITS);
    }
  }

  @Override
  public String tier() {
    return "vector";
  }

  @Override
  public String details() {
    return Lanes.BITS + " bits";
  }

  @Override
  public Scratch newScratch(int maxKeySize) {
    return new VectorScratch(maxKeySize);
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
    VectorScratch own = (VectorScratch) scratch;
    if (rows == 1) {
      Products.multiply(w, x, xOffset, y, yOffset, fromGroup, toGroup, own);
      return;
    }
    for (int group = fromGroup; group < toGroup; group += 2) {
      for (int k = 0; k < w.columns(); k += VectorScratch.PANEL_INPUTS) {
        int count = Math.min(VectorScratch.PANEL_INPUTS, w.columns() - k);
        Panels.decode(w, group, k, count, own.panel, 0, own);
        if (group + 1 < toGroup) {
          Panels.decode(w, group + 1, k, count, own.panel, 1, own);
        } else {
          Panels.clear(count, own.panel, 1);
        }
        int out = yOffset + group * Layout.GROUP_ROWS;
        Tiles.multiply(own.panel, 0, count, x, xOffset + k, xStride, rows, y, out, yStride);
      }
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
    int bound = Lanes.FLOAT.loopBound(width);
    float sum = squares(x, xOffset, width, ((VectorScratch) scratch).lanes);
    float factor = (float) (1 / Math.sqrt(sum / width + epsilon));
    for (int i = 0; i < bound; i += LANES) {
      FloatVector.fromArray(Lanes.FLOAT, x, xOffset + i)
          .mul(factor)
          .mul(FloatVector.fromArray(Lanes.FLOAT, weight, i))
          .intoArray(y, yOffset + i);
    }
    for (int i = bound; i < width; i++) {
      y[yOffset + i] = x[xOffset + i] * factor * weight[i];
    }
  }

  /** The sum of squares, in an order that does not depend on the compiler. */
  private static float squares(float[] x, int from, int width, float[] sums) {
    int bound = Lanes.FLOAT.loopBound(width);
    FloatVector squares = FloatVector.zero(Lanes.FLOAT);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, from + i);
      squares = v.fma(v, squares);
    }
    squares.intoArray(sums, 0);
    float sum = 0;
    for (int lane = 0; lane < LANES; lane++) {
      sum += sums[lane];
    }
    for (int i = bound; i < width; i++) {
      sum += x[from + i] * x[from + i];
    }
    return sum;
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
    // rows are padded, so that whole vectors may be read and written
    VectorScratch own = (VectorScratch) scratch;
    if (own.exponentials.length < count + LANES) {
      own.exponentials = new float[count + LANES];
    }
    float[] exponentials = own.exponentials;
    for (int i = 0; i < count; i += LANES) {
      FloatVector.fromArray(Lanes.FLOAT, gate, gateOffset + i)
          .min(limit)
          .intoArray(exponentials, i);
    }
    Exponential.exp(-1, exponentials, 0, 0, exponentials, 0, count);
    for (int i = 0; i < count; i += LANES) {
      FloatVector g = FloatVector.fromArray(Lanes.FLOAT, gate, gateOffset + i).min(limit);
      FloatVector u = FloatVector.fromArray(Lanes.FLOAT, up, upOffset + i).max(-limit).min(limit);
      FloatVector e = FloatVector.fromArray(Lanes.FLOAT, exponentials, i);
      g.mul(u).div(e.add(1)).intoArray(out, outOffset + i);
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
    for (int i = 0; i < count; i += LANES) {
      FloatVector.fromArray(Lanes.FLOAT, left, leftOffset + i)
          .add(FloatVector.fromArray(Lanes.FLOAT, right, rightOffset + i))
          .intoArray(out, outOffset + i);
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
    VectorAttention.keyScores(
        cache,
        block,
        keys,
        size,
        query,
        queryOffset,
        queryStride,
        queries,
        scores,
        scoresOffset,
        (VectorScratch) scratch);
  }

  @Override
  public void attend(AttentionWork work, Scratch scratch) {
    VectorAttention.attend(work, (VectorScratch) scratch);
  }
}

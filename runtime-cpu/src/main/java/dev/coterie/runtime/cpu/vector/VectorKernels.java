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
      float[] sums = inputSums(w, x, xOffset, own);
      Products.multiply(w, x, xOffset, sums, y, yOffset, fromGroup, toGroup);
      return;
    }
    for (int group = fromGroup; group < toGroup; group += 2) {
      for (int k = 0; k < w.columns(); k += VectorScratch.PANEL_INPUTS) {
        int count = Math.min(VectorScratch.PANEL_INPUTS, w.columns() - k);
        Panels.decode(w, group, k, count, own.panel, 0);
        if (group + 1 < toGroup) {
          Panels.decode(w, group + 1, k, count, own.panel, 1);
        } else {
          Panels.clear(count, own.panel, 1);
        }
        int out = yOffset + group * Layout.GROUP_ROWS;
        Tiles.multiply(own.panel, 0, count, x, xOffset + k, xStride, rows, y, out, yStride);
      }
    }
  }

  /** The sums of each 16 inputs, for the layouts with unsigned codes or minima. */
  private static float[] inputSums(PackedMatrix w, float[] x, int xOffset, VectorScratch scratch) {
    switch (w.layout()) {
      case BYTE, EIGHT_FLOAT, FOUR_FLOAT, HALF, BFLOAT, FLOAT -> {
        return scratch.inputSums;
      }
      default -> {
        int count = w.columns() / 16;
        if (scratch.inputSums.length < count) {
          scratch.inputSums = new float[count];
        }
        for (int i = 0; i < count; i++) {
          FloatVector sum = FloatVector.fromArray(Lanes.FLOAT, x, xOffset + 16 * i);
          for (int lane = LANES; lane < 16; lane += LANES) {
            sum = sum.add(FloatVector.fromArray(Lanes.FLOAT, x, xOffset + 16 * i + lane));
          }
          scratch.inputSums[i] = Lanes.sum(sum);
        }
        return scratch.inputSums;
      }
    }
  }

  @Override
  public void rmsNorm(
      float[] x, int xOffset, float[] weight, int width, float epsilon, float[] y, int yOffset) {
    int bound = Lanes.FLOAT.loopBound(width);
    FloatVector squares = FloatVector.zero(Lanes.FLOAT);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xOffset + i);
      squares = v.fma(v, squares);
    }
    float sum = Lanes.sum(squares);
    for (int i = bound; i < width; i++) {
      sum += x[xOffset + i] * x[xOffset + i];
    }
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
    // rows are padded, so that whole vectors may be read and written
    for (int i = 0; i < count; i += LANES) {
      FloatVector g = FloatVector.fromArray(Lanes.FLOAT, gate, gateOffset + i).min(limit);
      FloatVector u = FloatVector.fromArray(Lanes.FLOAT, up, upOffset + i).max(-limit).min(limit);
      g.mul(u).div(Exponential.exp(g.neg()).add(1)).intoArray(out, outOffset + i);
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

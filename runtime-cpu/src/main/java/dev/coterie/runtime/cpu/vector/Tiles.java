// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import dev.coterie.runtime.cpu.PagedCache;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * A panel times rows of activations: {@code y[r, 0..31] += Σ_k panel[k, 0..31] · x[r, k]}. Every
 * row sums over k in the same order, however many rows go together.
 *
 * <p>Eight rows by two vectors fill 16 of the 32 registers of AVX-512 with sums; narrower vectors
 * have 16 registers and take four rows.
 */
final class Tiles {
  private static final int LANES = Lanes.COUNT;
  private static final int STEP = 2 * LANES;
  private static final long ROW_BYTES = 4L * PagedCache.PANEL;
  private static final boolean EIGHT = LANES == 16;

  private Tiles() {}

  /**
   * Adds the products.
   *
   * @param po where in {@code p} the panel begins, in bytes
   * @param k the panel's inputs
   */
  static void multiply(
      MemorySegment p,
      long po,
      int k,
      float[] x,
      int xOffset,
      int xStride,
      int rows,
      float[] y,
      int yOffset,
      int yStride) {
    for (int c = 0; c < PagedCache.PANEL; c += STEP) {
      int row = 0;
      int xo = xOffset;
      int yo = yOffset + c;
      long panel = po + 4L * c;
      if (EIGHT) {
        for (; row + 8 <= rows; row += 8, xo += 8 * xStride, yo += 8 * yStride) {
          eight(p, panel, k, x, xo, xStride, y, yo, yStride);
        }
      }
      for (; row + 4 <= rows; row += 4, xo += 4 * xStride, yo += 4 * yStride) {
        four(p, panel, k, x, xo, xStride, y, yo, yStride);
      }
      for (; row < rows; row++, xo += xStride, yo += yStride) {
        one(p, panel, k, x, xo, y, yo);
      }
    }
  }

  private static void one(MemorySegment p, long po, int k, float[] x, int xo, float[] y, int yo) {
    FloatVector a = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    FloatVector b = FloatVector.fromArray(Lanes.FLOAT, y, yo + LANES);
    for (int i = 0; i < k; i++) {
      long at = po + i * ROW_BYTES;
      FloatVector q = FloatVector.broadcast(Lanes.FLOAT, x[xo + i]);
      a = FloatVector.fromMemorySegment(Lanes.FLOAT, p, at, Lanes.ORDER).fma(q, a);
      b = FloatVector.fromMemorySegment(Lanes.FLOAT, p, at + 4 * LANES, Lanes.ORDER).fma(q, b);
    }
    a.intoArray(y, yo);
    b.intoArray(y, yo + LANES);
  }

  private static void four(
      MemorySegment p, long po, int k, float[] x, int xo, int xs, float[] y, int yo, int ys) {
    FloatVector a0 = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    FloatVector b0 = FloatVector.fromArray(Lanes.FLOAT, y, yo + LANES);
    FloatVector a1 = FloatVector.fromArray(Lanes.FLOAT, y, yo + ys);
    FloatVector b1 = FloatVector.fromArray(Lanes.FLOAT, y, yo + ys + LANES);
    FloatVector a2 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 2 * ys);
    FloatVector b2 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 2 * ys + LANES);
    FloatVector a3 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 3 * ys);
    FloatVector b3 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 3 * ys + LANES);
    for (int i = 0; i < k; i++) {
      long at = po + i * ROW_BYTES;
      FloatVector u = FloatVector.fromMemorySegment(Lanes.FLOAT, p, at, Lanes.ORDER);
      FloatVector v = FloatVector.fromMemorySegment(Lanes.FLOAT, p, at + 4 * LANES, Lanes.ORDER);
      FloatVector q = FloatVector.broadcast(Lanes.FLOAT, x[xo + i]);
      a0 = u.fma(q, a0);
      b0 = v.fma(q, b0);
      q = FloatVector.broadcast(Lanes.FLOAT, x[xo + xs + i]);
      a1 = u.fma(q, a1);
      b1 = v.fma(q, b1);
      q = FloatVector.broadcast(Lanes.FLOAT, x[xo + 2 * xs + i]);
      a2 = u.fma(q, a2);
      b2 = v.fma(q, b2);
      q = FloatVector.broadcast(Lanes.FLOAT, x[xo + 3 * xs + i]);
      a3 = u.fma(q, a3);
      b3 = v.fma(q, b3);
    }
    a0.intoArray(y, yo);
    b0.intoArray(y, yo + LANES);
    a1.intoArray(y, yo + ys);
    b1.intoArray(y, yo + ys + LANES);
    a2.intoArray(y, yo + 2 * ys);
    b2.intoArray(y, yo + 2 * ys + LANES);
    a3.intoArray(y, yo + 3 * ys);
    b3.intoArray(y, yo + 3 * ys + LANES);
  }

  private static void eight(
      MemorySegment p, long po, int k, float[] x, int xo, int xs, float[] y, int yo, int ys) {
    FloatVector a0 = FloatVector.fromArray(Lanes.FLOAT, y, yo);
    FloatVector b0 = FloatVector.fromArray(Lanes.FLOAT, y, yo + LANES);
    FloatVector a1 = FloatVector.fromArray(Lanes.FLOAT, y, yo + ys);
    FloatVector b1 = FloatVector.fromArray(Lanes.FLOAT, y, yo + ys + LANES);
    FloatVector a2 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 2 * ys);
    FloatVector b2 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 2 * ys + LANES);
    FloatVector a3 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 3 * ys);
    FloatVector b3 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 3 * ys + LANES);
    FloatVector a4 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 4 * ys);
    FloatVector b4 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 4 * ys + LANES);
    FloatVector a5 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 5 * ys);
    FloatVector b5 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 5 * ys + LANES);
    FloatVector a6 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 6 * ys);
    FloatVector b6 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 6 * ys + LANES);
    FloatVector a7 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 7 * ys);
    FloatVector b7 = FloatVector.fromArray(Lanes.FLOAT, y, yo + 7 * ys + LANES);
    for (int i = 0; i < k; i++) {
      long at = po + i * ROW_BYTES;
      FloatVector u = FloatVector.fromMemorySegment(Lanes.FLOAT, p, at, Lanes.ORDER);
      FloatVector v = FloatVector.fromMemorySegment(Lanes.FLOAT, p, at + 4 * LANES, Lanes.ORDER);
      FloatVector q = FloatVector.broadcast(Lanes.FLOAT, x[xo + i]);
      a0 = u.fma(q, a0);
      b0 = v.fma(q, b0);
      q = FloatVector.broadcast(Lanes.FLOAT, x[xo + xs + i]);
      a1 = u.fma(q, a1);
      b1 = v.fma(q, b1);
      q = FloatVector.broadcast(Lanes.FLOAT, x[xo + 2 * xs + i]);
      a2 = u.fma(q, a2);
      b2 = v.fma(q, b2);
      q = FloatVector.broadcast(Lanes.FLOAT, x[xo + 3 * xs + i]);
      a3 = u.fma(q, a3);
      b3 = v.fma(q, b3);
      q = FloatVector.broadcast(Lanes.FLOAT, x[xo + 4 * xs + i]);
      a4 = u.fma(q, a4);
      b4 = v.fma(q, b4);
      q = FloatVector.broadcast(Lanes.FLOAT, x[xo + 5 * xs + i]);
      a5 = u.fma(q, a5);
      b5 = v.fma(q, b5);
      q = FloatVector.broadcast(Lanes.FLOAT, x[xo + 6 * xs + i]);
      a6 = u.fma(q, a6);
      b6 = v.fma(q, b6);
      q = FloatVector.broadcast(Lanes.FLOAT, x[xo + 7 * xs + i]);
      a7 = u.fma(q, a7);
      b7 = v.fma(q, b7);
    }
    a0.intoArray(y, yo);
    b0.intoArray(y, yo + LANES);
    a1.intoArray(y, yo + ys);
    b1.intoArray(y, yo + ys + LANES);
    a2.intoArray(y, yo + 2 * ys);
    b2.intoArray(y, yo + 2 * ys + LANES);
    a3.intoArray(y, yo + 3 * ys);
    b3.intoArray(y, yo + 3 * ys + LANES);
    a4.intoArray(y, yo + 4 * ys);
    b4.intoArray(y, yo + 4 * ys + LANES);
    a5.intoArray(y, yo + 5 * ys);
    b5.intoArray(y, yo + 5 * ys + LANES);
    a6.intoArray(y, yo + 6 * ys);
    b6.intoArray(y, yo + 6 * ys + LANES);
    a7.intoArray(y, yo + 7 * ys);
    b7.intoArray(y, yo + 7 * ys + LANES);
  }
}

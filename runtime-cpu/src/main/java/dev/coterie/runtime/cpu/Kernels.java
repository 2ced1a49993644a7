// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

/**
 * The arithmetic of a tier. Stateless; every method works on a part of an operation, so that
 * threads can share it. Activations are rows of float32 in arrays whose rows are padded to a
 * multiple of {@link #ROW_PADDING}; what stands in the padding is of no account and may be
 * overwritten.
 */
public interface Kernels {
  /** The values that a row of activations is padded to a multiple of. */
  int ROW_PADDING = 32;

  /** The name of the tier, such as {@code vector}. */
  String tier();

  /** What it computes with, for people, such as {@code 512 bits}. */
  String details();

  /** The memory that one thread needs beside its inputs and outputs. */
  Scratch newScratch(int maxHeadSize);

  /**
   * Adds products with some row groups of a matrix: {@code y[r, o] += W[o] · x[r]} for all rows r
   * and all outputs o of the groups. Results stand at {@code y[r·yStride + o]}.
   *
   * @param fromGroup the first group; even
   * @param toGroup the group after the last; even, or the number of groups
   */
  void linear(
      PackedMatrix w,
      float[] x,
      int xStride,
      int rows,
      float[] y,
      int yStride,
      int fromGroup,
      int toGroup,
      Scratch scratch);

  /** {@code y = weight · x / sqrt(mean(x²) + epsilon)} for one row. */
  void rmsNorm(
      float[] x, int xOffset, float[] weight, int width, float epsilon, float[] y, int yOffset);

  /**
   * Rotates one head from {@code x} to {@code y} (which may be the same place).
   *
   * @param angles cosines of all pairs, then their sines, from {@code angleOffset} on
   * @param pairs the number of pairs
   */
  default void rope(
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int headSize,
      boolean interleaved,
      float[] angles,
      int angleOffset,
      int pairs) {
    int step = interleaved ? 2 : 1;
    int second = interleaved ? 1 : pairs;
    for (int i = 0; i < pairs; i++) {
      float cos = angles[angleOffset + i];
      float sin = angles[angleOffset + pairs + i];
      float a = x[xOffset + step * i];
      float b = x[xOffset + step * i + second];
      y[yOffset + step * i] = a * cos - b * sin;
      y[yOffset + step * i + second] = b * cos + a * sin;
    }
    int rotated = 2 * pairs;
    System.arraycopy(x, xOffset + rotated, y, yOffset + rotated, headSize - rotated);
  }

  /** {@code out = silu(gate) · up} for a stretch of values; out may be gate. */
  void swiGlu(
      float[] gate,
      int gateOffset,
      float[] up,
      int upOffset,
      float[] out,
      int outOffset,
      int count);

  /** {@code out = left + right} for a stretch of values; out may be either. */
  void add(
      float[] left,
      int leftOffset,
      float[] right,
      int rightOffset,
      float[] out,
      int outOffset,
      int count);

  /** Attends for the rows and the head that the work names. */
  void attend(AttentionWork work, Scratch scratch);

  /** The memory that one thread needs beside its inputs and outputs. */
  interface Scratch {
    /** Bytes in use. */
    long bytes();
  }
}

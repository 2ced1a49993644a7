// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

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
  Scratch newScratch(int maxKeySize);

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
      int xOffset,
      int xStride,
      int rows,
      float[] y,
      int yOffset,
      int yStride,
      int fromGroup,
      int toGroup,
      Scratch scratch);

  /** Whether products with a matrix take {@link Prepared} inputs rather than floats. */
  default boolean prepares(PackedMatrix w) {
    return false;
  }

  /** The rows of prepared inputs that a product takes at once. */
  default int tileRows() {
    return 1;
  }

  /** The bytes that room for prepared rows takes. */
  default long preparedBytes(int maxRows, int columns) {
    return 0;
  }

  /**
   * Room for prepared rows.
   *
   * @param maxRows rows
   * @param columns values a row; a multiple of 32
   * @param arena frees it
   */
  default Prepared newPrepared(int maxRows, int columns, Arena arena) {
    throw new UnsupportedOperationException(tier() + " takes floats");
  }

  /**
   * Prepares a stretch of a row.
   *
   * @param x floats
   * @param xOffset where the stretch begins, in floats
   * @param out takes it
   * @param first the first row of those that will be multiplied together; a multiple of {@link
   *     #tileRows}
   * @param rows how many those are
   * @param row which of them this is, from 0
   * @param from where in the row the stretch begins; a multiple of 32
   * @param count how many values; a multiple of 32
   */
  default void prepare(
      MemorySegment x,
      long xOffset,
      Prepared out,
      int first,
      int rows,
      int row,
      int from,
      int count) {
    throw new UnsupportedOperationException(tier() + " takes floats");
  }

  /**
   * Products with some row groups of a matrix: {@code y[r, o] = W[o] · x[r]}, for all rows r of the
   * range and all outputs o of the groups. Whole pairs of groups are written, beyond the last
   * output too.
   *
   * @param w a matrix that {@link #prepares}
   * @param first the first row of the range
   * @param rows how many they are
   * @param y floats; results of the range's row r stand at {@code yOffset + r · yStride + o}
   * @param accumulate whether products are added to what stands there
   * @param fromGroup the first group; even
   * @param toGroup the group after the last; even, or the number of groups
   */
  default void linear(
      PackedMatrix w,
      Prepared x,
      int first,
      int rows,
      MemorySegment y,
      long yOffset,
      long yStride,
      boolean accumulate,
      int fromGroup,
      int toGroup) {
    throw new UnsupportedOperationException(tier() + " takes floats");
  }

  /** {@code y = weight · x / sqrt(mean(x²) + epsilon)} for one row. */
  void rmsNorm(
      float[] x,
      int xOffset,
      float[] weight,
      int width,
      float epsilon,
      float[] y,
      int yOffset,
      Scratch scratch);

  /**
   * Rotates pairs of one head in place.
   *
   * @param offset the first rotated value
   * @param angles cosines of all pairs, then their sines, from {@code angleOffset} on
   * @param pairs the number of pairs
   */
  default void rope(
      float[] x, int offset, boolean interleaved, float[] angles, int angleOffset, int pairs) {
    int step = interleaved ? 2 : 1;
    int second = interleaved ? 1 : pairs;
    for (int i = 0; i < pairs; i++) {
      float cos = angles[angleOffset + i];
      float sin = angles[angleOffset + pairs + i];
      float a = x[offset + step * i];
      float b = x[offset + step * i + second];
      x[offset + step * i] = a * cos - b * sin;
      x[offset + step * i + second] = b * cos + a * sin;
    }
  }

  /**
   * {@code out = silu(min(gate, limit)) · clamp(up, ±limit)} for a stretch of values; out may be
   * gate.
   */
  void swiGlu(
      float limit,
      float[] gate,
      int gateOffset,
      float[] up,
      int upOffset,
      float[] out,
      int outOffset,
      int count,
      Scratch scratch);

  /**
   * Norms some rows and prepares them; see {@link #rmsNorm} and {@link #prepare}.
   *
   * @param ySegment y
   * @param rows how many rows will be multiplied together
   * @param row the first of those that are normed
   * @param count how many are normed
   */
  default void normAndPrepare(
      float[] x,
      int xOffset,
      int xStride,
      float[] weight,
      float epsilon,
      float[] y,
      MemorySegment ySegment,
      int yOffset,
      int yStride,
      Prepared out,
      int rows,
      int row,
      int count,
      Scratch scratch) {
    for (int i = 0; i < count; i++) {
      int at = yOffset + i * yStride;
      rmsNorm(x, xOffset + i * xStride, weight, weight.length, epsilon, y, at, scratch);
      prepare(ySegment, at, out, 0, rows, row + i, 0, weight.length);
    }
  }

  /**
   * SwiGLU of a stretch of all rows of a range, in the gate's place, which is then prepared; see
   * {@link #swiGlu} and {@link #prepare}.
   *
   * @param stride floats from row to row, of gate and up
   * @param segment gate
   * @param first the first row of the range
   * @param rows how many they are
   * @param from where in a row the stretch begins
   * @param count how many values
   */
  default void swiGluAndPrepare(
      float limit,
      float[] gate,
      float[] up,
      int offset,
      int stride,
      MemorySegment segment,
      Prepared out,
      int first,
      int rows,
      int from,
      int count,
      Scratch scratch) {
    for (int row = 0; row < rows; row++) {
      int at = offset + row * stride;
      swiGlu(limit, gate, at, up, at, gate, at, count, scratch);
      prepare(segment, at, out, first, rows, row, from, count);
    }
  }

  /** {@code out = left + right} for a stretch of values; out may be either. */
  void add(
      float[] left,
      int leftOffset,
      float[] right,
      int rightOffset,
      float[] out,
      int outOffset,
      int count);

  /**
   * The products of some queries with the keys of one block: {@code scores[q, t] = query_q ·
   * key_t}.
   *
   * @param keys where in the block the keys begin
   * @param size values a key
   * @param scores {@code [queries, 32]}, from {@code scoresOffset} on
   */
  void keyScores(
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
      Scratch scratch);

  /** Attends for the queries that the work names. */
  void attend(AttentionWork work, Scratch scratch);

  /** The memory that one thread needs beside its inputs and outputs. */
  interface Scratch {
    /** Bytes in use. */
    long bytes();
  }
}

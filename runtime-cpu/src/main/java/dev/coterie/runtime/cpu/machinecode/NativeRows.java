// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.foreign.ExecutableMemory;
import dev.coterie.runtime.cpu.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** What is done to single rows of activations, in machine code for vectors of 512 bits. */
final class NativeRows {
  private static final int LANES = 16;

  private final MemorySegment norm;
  private final MemorySegment swiGlu;
  private final MemorySegment preparedNorm;
  private final MemorySegment preparedSwiGlu;

  /**
   * Assembles kernels.
   *
   * @param arena keeps the code
   */
  NativeRows(Arena arena) {
    this(
        NormCode.assemble(),
        SwiGluCode.assemble(),
        PreparedRowsCode.norm(),
        PreparedRowsCode.swiGlu(),
        arena);
  }

  /** With other code, for tests. */
  NativeRows(
      byte[] normCode,
      byte[] swiGluCode,
      byte[] preparedNormCode,
      byte[] preparedSwiGluCode,
      Arena arena) {
    norm = ExecutableMemory.instance().place(normCode, arena);
    swiGlu = ExecutableMemory.instance().place(swiGluCode, arena);
    preparedNorm = ExecutableMemory.instance().place(preparedNormCode, arena);
    preparedSwiGlu = ExecutableMemory.instance().place(preparedSwiGluCode, arena);
  }

  /** Whether a row of a width is whole vectors. */
  static boolean supports(int width) {
    return width > 0 && width % LANES == 0;
  }

  void rmsNorm(
      MemorySegment x,
      int xOffset,
      MemorySegment weight,
      int width,
      float epsilon,
      MemorySegment y,
      int yOffset) {
    inside(x, xOffset, width);
    inside(weight, 0, width);
    inside(y, yOffset, width);
    Calls.norm(
        norm,
        x,
        (long) Float.BYTES * xOffset,
        weight,
        y,
        (long) Float.BYTES * yOffset,
        width / LANES,
        Float.floatToRawIntBits(width),
        Float.floatToRawIntBits(epsilon));
  }

  void swiGlu(
      float limit,
      MemorySegment gate,
      int gateOffset,
      MemorySegment up,
      int upOffset,
      MemorySegment out,
      int outOffset,
      int count) {
    inside(gate, gateOffset, count);
    inside(up, upOffset, count);
    inside(out, outOffset, count);
    Calls.swiGlu(
        swiGlu,
        gate,
        (long) Float.BYTES * gateOffset,
        up,
        (long) Float.BYTES * upOffset,
        out,
        (long) Float.BYTES * outOffset,
        count / LANES,
        Float.floatToRawIntBits(limit));
  }

  /** See {@link Kernels#normAndPrepare}. */
  void normAndPrepare(
      MemorySegment x,
      int xOffset,
      int xStride,
      MemorySegment weight,
      int width,
      float epsilon,
      MemorySegment y,
      int yOffset,
      int yStride,
      QuantizedRows out,
      int rows,
      int row,
      int count) {
    int a = Float.floatToRawIntBits(width);
    int b = Float.floatToRawIntBits(epsilon);
    inside(weight, 0, width);
    prepare(
        preparedNorm,
        x,
        xOffset,
        xStride,
        weight,
        0,
        0,
        y,
        yOffset,
        yStride,
        out,
        0,
        rows,
        row,
        count,
        0,
        width,
        a,
        b);
  }

  /** See {@link Kernels#swiGluAndPrepare}. */
  void swiGluAndPrepare(
      float limit,
      MemorySegment gate,
      MemorySegment up,
      int offset,
      int stride,
      QuantizedRows out,
      int first,
      int rows,
      int from,
      int count) {
    int a = Float.floatToRawIntBits(limit);
    inside(up, offset, (rows - 1) * stride + count);
    prepare(
        preparedSwiGlu,
        gate,
        offset,
        stride,
        up,
        offset,
        stride,
        gate,
        offset,
        stride,
        out,
        first,
        rows,
        0,
        rows,
        from,
        count,
        a,
        0);
  }

  /**
   * Calls a kernel for the rows of each tile.
   *
   * @param first the first row of a range
   * @param rows how many rows the range has
   * @param row the first of those that are treated
   * @param count how many are
   * @param from where in a row what is prepared begins
   * @param width how many values
   */
  private static void prepare(
      MemorySegment kernel,
      MemorySegment x,
      int xOffset,
      int xStride,
      MemorySegment other,
      int otherOffset,
      int otherStride,
      MemorySegment y,
      int yOffset,
      int yStride,
      QuantizedRows out,
      int first,
      int rows,
      int row,
      int count,
      int from,
      int width,
      int a,
      int b) {
    inside(x, xOffset, (count - 1) * xStride + width);
    inside(y, yOffset, (count - 1) * yStride + width);
    Objects.checkFromIndexSize(row, count, rows);
    out.checkBlocks(from, width);
    int tileRows = out.tileRows(rows);
    int n;
    for (int i = 0; i < count; i += n) {
      n = Math.min(count - i, tileRows - (row + i) % tileRows);
      Calls.prepare(
          kernel,
          x,
          (long) Float.BYTES * (xOffset + i * xStride),
          other,
          (long) Float.BYTES * (otherOffset + i * otherStride),
          y,
          (long) Float.BYTES * (yOffset + i * yStride),
          out.data(),
          out.at(first, rows, row + i, from / Panel.BLOCK),
          (long) Float.BYTES * xStride,
          (long) Float.BYTES * otherStride,
          (long) Float.BYTES * yStride,
          out.blockBytes(rows, row + i),
          width / Panel.BLOCK,
          n,
          a,
          b);
    }
  }

  /** Kernels check nothing. */
  private static void inside(MemorySegment floats, int offset, int count) {
    Objects.checkFromIndexSize(offset, count, floats.byteSize() / Float.BYTES);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.foreign.ExecutableMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** What is done to single rows of activations, in machine code for vectors of 512 bits. */
final class NativeRows {
  private static final int LANES = 16;

  private final MemorySegment norm;
  private final MemorySegment swiGlu;

  /**
   * Assembles kernels.
   *
   * @param arena keeps the code
   */
  NativeRows(Arena arena) {
    norm = ExecutableMemory.instance().place(NormCode.assemble(), arena);
    swiGlu = ExecutableMemory.instance().place(SwiGluCode.assemble(), arena);
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

  /** Kernels check nothing. */
  private static void inside(MemorySegment floats, int offset, int count) {
    Objects.checkFromIndexSize(offset, count, floats.byteSize() / Float.BYTES);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.foreign.ExecutableMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Reads memory as fast as a core can, to know the ceiling of kernels that read weights. */
public final class ReadProbe {
  /** What a call reads at most, since collections of garbage wait for its end. */
  private static final long CALL_BYTES = 1 << 18;

  /** What is read is a multiple of this. */
  public static final int STEP = 512;

  private final MemorySegment read;

  /**
   * Assembles the kernel.
   *
   * @param set an instruction set that this processor has; not {@link InstructionSet#NONE}
   * @param arena keeps the code
   * @throws IllegalArgumentException if this processor does not have it
   */
  public ReadProbe(InstructionSet set, Arena arena) {
    Processor.here().require(set);
    read = ExecutableMemory.instance().place(ReadCode.assemble(set.bits), arena);
  }

  /**
   * The sum of the 32-bit integers in memory.
   *
   * @param memory a multiple of {@link #STEP} bytes, on the heap or not
   */
  public int sum(MemorySegment memory) {
    long bytes = memory.byteSize();
    if (bytes % STEP != 0) {
      throw new IllegalArgumentException(
          "memory: expected a multiple of " + STEP + " bytes, found " + bytes);
    }
    int sum = 0;
    for (long at = 0; at < bytes; at += CALL_BYTES) {
      sum += Calls.read(read, memory, at, Math.min(CALL_BYTES, bytes - at));
    }
    return sum;
  }
}

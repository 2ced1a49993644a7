// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.foreign.ExecutableMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Calls of kernels that are made together, on memory outside of the heap, which the caller keeps.
 */
final class CallList {
  private static final class Holder {
    @SuppressWarnings("MustBeClosed") // code stays
    static final MemorySegment CODE =
        ExecutableMemory.instance().place(CallListCode.assemble(), Arena.ofAuto());
  }

  private final long[] entries;
  private final MemorySegment segment; // the same
  private int length;

  /**
   * An empty list.
   *
   * @param most how many calls it can take
   */
  CallList(int most) {
    entries = new long[most * CallListCode.LONGS];
    segment = MemorySegment.ofArray(entries);
  }

  long bytes() {
    return segment.byteSize();
  }

  /** Puts a call to the end. */
  void add(
      long kernel,
      long a0,
      long a1,
      long a2,
      long a3,
      long a4,
      long a5,
      long a6,
      long a7,
      long a8,
      long a9,
      long a10) {
    long[] to = entries;
    int at = length;
    to[at] = kernel;
    to[at + 1] = a0;
    to[at + 2] = a1;
    to[at + 3] = a2;
    to[at + 4] = a3;
    to[at + 5] = a4;
    to[at + 6] = a5;
    to[at + 7] = a6;
    to[at + 8] = a7;
    to[at + 9] = a8;
    to[at + 10] = a9;
    to[at + 11] = a10;
    length = at + CallListCode.LONGS;
  }

  /** Makes the calls, and empties the list. */
  void run() {
    if (length > 0) {
      Calls.list(Holder.CODE, segment, length / CallListCode.LONGS);
      length = 0;
    }
  }
}

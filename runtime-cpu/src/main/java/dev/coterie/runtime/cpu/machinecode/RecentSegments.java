// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Arrays as segments, made anew only for an array that was not among the last: an executable has
 * few buffers, but callers bring rooms of their own, which must not be kept forever.
 */
final class RecentSegments {
  private static final int COUNT = 64;

  private final float[] @Nullable [] arrays = new float[COUNT][];
  private final MemorySegment[] segments = new MemorySegment[COUNT];
  private int next;

  @SuppressWarnings("ReferenceEquality") // whether it is the same room, not what it holds
  MemorySegment of(float[] array) {
    for (int i = 0; i < COUNT; i++) {
      if (arrays[i] == array) {
        return segments[i];
      }
    }
    MemorySegment segment = MemorySegment.ofArray(array);
    arrays[next] = array;
    segments[next] = segment;
    next = (next + 1) % COUNT;
    return segment;
  }
}

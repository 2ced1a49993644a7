// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.runtime.cpu.PackedMatrix;
import java.lang.foreign.MemorySegment;

/** What is asked before kernels run, which check nothing. */
final class Checks {
  private Checks() {}

  static void inside(
      String name, MemorySegment floats, long offset, long stride, int rows, long width) {
    long size = floats.byteSize() / Float.BYTES;
    boolean fits =
        offset >= 0
            && stride >= width
            && (rows == 1 || stride <= size)
            && offset <= size - width - (rows - 1) * stride;
    if (!fits) {
      throw new IllegalArgumentException(
          name
              + ": expected "
              + rows
              + " rows of "
              + width
              + " floats within "
              + size
              + ", found them from "
              + offset
              + " on, "
              + stride
              + " apart");
    }
  }

  static void writable(String name, MemorySegment floats) {
    if (floats.isReadOnly()) {
      throw new IllegalArgumentException(name + ": expected memory that can be written");
    }
  }

  /** Whether the matrix is all there, and groups of it are meant. */
  static void groups(PackedMatrix w, int fromGroup, int toGroup) {
    if (w.data().byteSize() < w.groups() * w.groupBytes()) {
      throw new IllegalArgumentException(
          "weights: expected "
              + w.groups()
              + " groups of "
              + w.groupBytes()
              + " bytes, found "
              + w.data().byteSize());
    }
    if (fromGroup < 0
        || fromGroup % 2 != 0
        || toGroup < fromGroup
        || toGroup > w.groups()
        || toGroup % 2 != 0 && toGroup != w.groups()) {
      throw new IllegalArgumentException(
          "groups: expected pairs within "
              + w.groups()
              + ", found "
              + fromGroup
              + " to "
              + toGroup);
    }
  }
}

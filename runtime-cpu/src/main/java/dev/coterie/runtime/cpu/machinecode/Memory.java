// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import org.jspecify.annotations.Nullable;

/**
 * Memory at {@code base + index · scale + displacement}.
 *
 * @param base a 64-bit register, or null
 * @param index a 64-bit register other than rsp, or null
 * @param scale 1, 2, 4 or 8
 * @param displacement bytes
 * @param broadcast whether one element goes to all lanes
 * @param mask the mask that selects the lanes to write; 0 writes all
 */
record Memory(
    @Nullable Gpr base,
    @Nullable Gpr index,
    int scale,
    int displacement,
    boolean broadcast,
    int mask)
    implements Operand.Rm {
  Memory {
    if (base != null && base.bits() != 64 || index != null && index.bits() != 64) {
      throw new IllegalArgumentException("address: expected registers of 64 bits");
    }
    if (index != null && index.number() == Gpr.RSP.number()) {
      throw new IllegalArgumentException("index: expected a register other than rsp");
    }
    if (scale != 1 && scale != 2 && scale != 4 && scale != 8) {
      throw new IllegalArgumentException("scale: expected 1, 2, 4 or 8, found " + scale);
    }
  }

  static Memory at(Gpr base) {
    return at(base, 0);
  }

  static Memory at(Gpr base, int displacement) {
    return new Memory(base, null, 1, displacement, false, 0);
  }

  static Memory at(@Nullable Gpr base, Gpr index, int scale, int displacement) {
    return new Memory(base, index, scale, displacement, false, 0);
  }

  /** One element of it, for all lanes. */
  Memory toAll() {
    return new Memory(base, index, scale, displacement, true, mask);
  }

  /** Writes only the lanes that a mask selects. */
  Memory masked(Mask selected) {
    return new Memory(base, index, scale, displacement, broadcast, selected.selector());
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

/**
 * A general-purpose register.
 *
 * @param number 0 to 15
 * @param bits 32 or 64; writing 32 bits clears the upper half
 */
record Gpr(int number, int bits) implements Operand.Rm {
  static final Gpr RAX = new Gpr(0, 64);
  static final Gpr RCX = new Gpr(1, 64);
  static final Gpr RDX = new Gpr(2, 64);
  static final Gpr RBX = new Gpr(3, 64);
  static final Gpr RSP = new Gpr(4, 64);
  static final Gpr RBP = new Gpr(5, 64);
  static final Gpr RSI = new Gpr(6, 64);
  static final Gpr RDI = new Gpr(7, 64);
  static final Gpr R8 = new Gpr(8, 64);
  static final Gpr R9 = new Gpr(9, 64);
  static final Gpr R10 = new Gpr(10, 64);
  static final Gpr R11 = new Gpr(11, 64);
  static final Gpr R12 = new Gpr(12, 64);
  static final Gpr R13 = new Gpr(13, 64);
  static final Gpr R14 = new Gpr(14, 64);
  static final Gpr R15 = new Gpr(15, 64);

  Gpr {
    if (number < 0 || number > 15 || bits != 32 && bits != 64) {
      throw new IllegalArgumentException(
          "register: expected one of 16 of 32 or 64 bits, found " + number + " of " + bits);
    }
  }

  /** Its lower half. */
  Gpr low() {
    return new Gpr(number, 32);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

/**
 * A vector register.
 *
 * @param number 0 to 31; 16 and more, and 512 bits, need EVEX
 * @param bits 128, 256 or 512
 * @param mask the mask that selects the lanes to write; 0 writes all
 * @param zeroing whether lanes that are not selected become 0 rather than stay
 */
record VectorRegister(int number, int bits, int mask, boolean zeroing) implements Operand.Rm {
  VectorRegister {
    if (number < 0 || number > 31 || bits != 128 && bits != 256 && bits != 512) {
      throw new IllegalArgumentException(
          "register: expected one of 32 of 128, 256 or 512 bits, found " + number + " of " + bits);
    }
  }

  static VectorRegister of(int number, int bits) {
    return new VectorRegister(number, bits, 0, false);
  }

  static VectorRegister xmm(int number) {
    return of(number, 128);
  }

  static VectorRegister ymm(int number) {
    return of(number, 256);
  }

  static VectorRegister zmm(int number) {
    return of(number, 512);
  }

  /** The same register, or its lower part, of that many bits. */
  VectorRegister as(int width) {
    return of(number, width);
  }

  /** Writes only the lanes that a mask selects. */
  VectorRegister masked(Mask selected) {
    return new VectorRegister(number, bits, selected.selector(), false);
  }

  /** Writes the lanes that a mask selects, and 0 to the others. */
  VectorRegister zeroed(Mask selected) {
    return new VectorRegister(number, bits, selected.selector(), true);
  }
}

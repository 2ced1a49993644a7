// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

/**
 * A mask register: bit i decides about lane i.
 *
 * @param number 0 to 7; 0 cannot select lanes
 */
record Mask(int number) implements Operand {
  Mask {
    if (number < 0 || number > 7) {
      throw new IllegalArgumentException("mask: expected 0 to 7, found " + number);
    }
  }

  /** The number, if this mask can select lanes. */
  int selector() {
    if (number == 0) {
      throw new IllegalArgumentException("mask: expected 1 to 7 to select lanes, found 0");
    }
    return number;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

/** What the operand {@code rm} of a vector instruction holds, beside vectors of a length. */
enum Tuple {
  /** A vector, or one element in memory for all lanes. */
  FULL,
  /** A vector. */
  WHOLE,
  /** Half a vector. */
  HALF,
  /** A quarter of a vector. */
  QUARTER,
  /** An element of 32 bits. */
  ELEMENT32,
  /** 128 bits. */
  BITS128,
  /** 256 bits. */
  BITS256,
  /** A general-purpose register of 32 bits, or as much memory. */
  GENERAL;

  /**
   * The bytes it has in memory, which are also the unit of EVEX's short displacements.
   *
   * @param vectorBits the length of the vectors
   * @param elementBytes what one lane holds, for broadcasts
   */
  int bytes(int vectorBits, boolean broadcast, int elementBytes) {
    return switch (this) {
      case FULL -> broadcast ? elementBytes : vectorBits / 8;
      case WHOLE -> vectorBits / 8;
      case HALF -> vectorBits / 16;
      case QUARTER -> vectorBits / 32;
      case ELEMENT32, GENERAL -> 4;
      case BITS128 -> 16;
      case BITS256 -> 32;
    };
  }

  /** The bits of the register that holds it. */
  int registerBits(int vectorBits) {
    return switch (this) {
      case FULL, WHOLE -> vectorBits;
      case HALF -> Math.max(128, vectorBits / 2);
      case QUARTER -> Math.max(128, vectorBits / 4);
      case ELEMENT32, BITS128 -> 128;
      case BITS256 -> 256;
      case GENERAL -> 32;
    };
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

/** Brings the 32-bit lanes of a vector together. */
final class Reduction {
  private static final int SWAP_HALVES = 0x4e;
  private static final int SWAP_PAIRS = 0xb1;

  private Reduction() {}

  /**
   * Leaves the result in all four lanes of the lowest 128 bits.
   *
   * @param op takes two vectors, in any order
   * @param register the vector
   * @param other a register that may be overwritten
   */
  static void emit(Assembler a, Instruction op, int register, int other, int bits) {
    VectorRegister low = VectorRegister.xmm(register);
    VectorRegister high = VectorRegister.xmm(other);
    if (bits == 512) {
      VectorRegister half = VectorRegister.ymm(register);
      a.emit(Instruction.VEXTRACTI64X4, high.as(256), half.as(512), 1);
      a.emit(op, half, half, high.as(256));
    }
    a.emit(Instruction.VEXTRACTI128, high, low.as(256), 1);
    a.emit(op, low, low, high);
    for (int order : new int[] {SWAP_HALVES, SWAP_PAIRS}) {
      a.emit(Instruction.VPSHUFD, high, low, order);
      a.emit(op, low, low, high);
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

/**
 * {@code exp} by range reduction and a polynomial, for vectors of 512 bits; relative error below
 * 2e-7. Its constants take the registers from 20 on.
 */
final class ExponentialCode {
  private static final int NEAREST = 0;
  private static final int FIRST = 20;
  private static final float[] CONSTANTS = {
    -87.33f, // exp of it is still normal
    88.37f,
    1.44269504f, // log2(e)
    0.693359375f, // ln(2) to 9 bits, so that its product with n is exact
    -2.12194440e-4f,
    1,
    1.9875691500e-4f, // the polynomial's, from the highest power on
    1.3981999507e-3f,
    8.3334519073e-3f,
    4.1665795894e-2f,
    1.6666665459e-1f,
    5.0000001201e-1f
  };
  private static final int POLYNOMIAL = 6;

  private final Assembler a;

  ExponentialCode(Assembler a) {
    this.a = a;
  }

  private static VectorRegister constant(int i) {
    return VectorRegister.zmm(FIRST + i);
  }

  static VectorRegister one() {
    return constant(5);
  }

  /** Loads the constants; takes rax. */
  void constants() {
    for (int i = 0; i < CONSTANTS.length; i++) {
      broadcast(a, constant(i), CONSTANTS[i]);
    }
  }

  /** Puts a value to all lanes; takes rax. */
  static void broadcast(Assembler a, VectorRegister to, float value) {
    a.mov(Gpr.RAX.low(), Float.floatToRawIntBits(value));
    a.emit(Instruction.VPBROADCASTD, to, Gpr.RAX.low());
  }

  /**
   * Replaces x by its exponential.
   *
   * @param free the first of three registers that may be overwritten
   */
  void emit(VectorRegister x, int free) {
    VectorRegister n = VectorRegister.zmm(free);
    VectorRegister p = VectorRegister.zmm(free + 1);
    VectorRegister square = VectorRegister.zmm(free + 2);
    a.emit(Instruction.VMAXPS, x, x, constant(0));
    a.emit(Instruction.VMINPS, x, x, constant(1));
    a.emit(Instruction.VMULPS, n, x, constant(2));
    a.emit(Instruction.VRNDSCALEPS, n, n, NEAREST);
    a.emit(Instruction.VFNMADD231PS, x, n, constant(3));
    a.emit(Instruction.VFNMADD231PS, x, n, constant(4));
    a.emit(Instruction.VMOVUPS, p, constant(POLYNOMIAL));
    for (int i = POLYNOMIAL + 1; i < CONSTANTS.length; i++) {
      a.emit(Instruction.VFMADD213PS, p, x, constant(i));
    }
    a.emit(Instruction.VMULPS, square, x, x);
    a.emit(Instruction.VFMADD213PS, p, square, x);
    a.emit(Instruction.VADDPS, p, p, one());
    a.emit(Instruction.VSCALEFPS, x, p, n);
  }
}

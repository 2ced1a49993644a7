// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static dev.coterie.runtime.cpu.machinecode.Gpr.RAX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RDI;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RDX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RSI;

import dev.coterie.runtime.cpu.machinecode.Assembler.Arithmetic;

/**
 * Reads memory as fast as it can: {@code int read(void *from, long offset, long bytes)} returns the
 * sum of the 32-bit integers there. Eight loads that do not wait for each other stand in the loop.
 */
final class ReadCode {
  private static final int LOADS = 8;

  private ReadCode() {}

  /** The bytes that are read in one turn; what is read is a multiple of it. */
  static int step(int bits) {
    return LOADS * bits / 8;
  }

  static byte[] assemble(int bits) {
    Assembler a = new Assembler();
    Label end = new Label();
    Label loop = new Label();
    boolean wide = bits == 512;
    a.emit(Arithmetic.ADD, RDI, RSI);
    for (int i = 0; i < LOADS; i++) {
      VectorRegister sum = VectorRegister.of(i, bits);
      a.emit(wide ? Instruction.VPXORD : Instruction.VPXOR, sum, sum, sum);
    }
    a.test(RDX, RDX);
    a.jcc(Condition.LESS_OR_EQUAL, end);
    a.bind(loop);
    for (int i = 0; i < LOADS; i++) {
      VectorRegister sum = VectorRegister.of(i, bits);
      a.emit(Instruction.VPADDD, sum, sum, Memory.at(RDI, i * bits / 8));
    }
    a.emit(Arithmetic.ADD, RDI, step(bits));
    a.emit(Arithmetic.SUB, RDX, step(bits));
    a.jcc(Condition.GREATER, loop);
    a.bind(end);
    for (int half = LOADS / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        VectorRegister sum = VectorRegister.of(i, bits);
        a.emit(Instruction.VPADDD, sum, sum, VectorRegister.of(i + half, bits));
      }
    }
    Reduction.emit(a, Instruction.VPADDD, 0, 1, bits);
    a.emit(Instruction.VMOVD, RAX.low(), VectorRegister.xmm(0));
    a.vzeroupper();
    a.ret();
    return a.assemble();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static dev.coterie.runtime.cpu.machinecode.Gpr.R8;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RCX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RDI;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RDX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RSI;

import dev.coterie.runtime.cpu.machinecode.Assembler.Arithmetic;

/**
 * Rounds floats to BF16, to the nearest and of two to the even one: {@code void round(float *x,
 * long xOffset, char *out, long outOffset, long count)}, the count in units of {@link #STEP}.
 */
final class RoundCode {
  /** The values of a turn. */
  static final int STEP = 32;

  private RoundCode() {}

  static byte[] assemble() {
    Assembler a = new Assembler();
    VectorRegister x = VectorRegister.zmm(0);
    Label next = new Label();
    a.emit(Arithmetic.ADD, RDI, RSI);
    a.emit(Arithmetic.ADD, RDX, RCX);
    a.bind(next);
    a.emit(Instruction.VMOVUPS, x, Memory.at(RDI, 64));
    a.emit(Instruction.VCVTNE2PS2BF16, x, x, Memory.at(RDI));
    a.emit(Instruction.VMOVUPS, Memory.at(RDX), x);
    a.emit(Arithmetic.ADD, RDI, Float.BYTES * STEP);
    a.emit(Arithmetic.ADD, RDX, Short.BYTES * STEP);
    a.dec(R8);
    a.jcc(Condition.NOT_EQUAL, next);
    a.vzeroupper();
    a.ret();
    return a.assemble();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static dev.coterie.runtime.cpu.machinecode.Gpr.R8;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R9;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RAX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RCX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RDI;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RDX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RSI;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RSP;

import dev.coterie.runtime.cpu.machinecode.Assembler.Arithmetic;

/**
 * Root mean square norm, for vectors of 512 bits.
 *
 * <pre>
 * void norm(float *x, long xOffset, float *weight, float *y, long yOffset, long vectors,
 *     long width, long epsilon)
 * </pre>
 *
 * {@code y = weight · x / sqrt(mean(x²) + epsilon)}; width and epsilon come as the bits of floats.
 */
final class NormCode {
  private NormCode() {}

  static byte[] assemble() {
    Assembler a = new Assembler();
    a.emit(Arithmetic.ADD, RDI, RSI);
    a.emit(Arithmetic.ADD, RCX, R8);
    row(a, Memory.at(RSP, 8), Memory.at(RSP, 16));
    a.vzeroupper();
    a.ret();
    return a.assemble();
  }

  /**
   * Norms r9 vectors from rdi on to rcx, with the weight at rdx; takes rax, rsi and registers 0 to
   * 3.
   */
  static void row(Assembler a, Memory width, Memory epsilon) {
    VectorRegister sum = VectorRegister.zmm(0);
    VectorRegister x = VectorRegister.zmm(2);
    VectorRegister factor = VectorRegister.zmm(3);
    a.emit(Instruction.VPXORD, sum, sum, sum);
    a.mov(RSI, RDI);
    a.mov(RAX, R9);
    Label square = new Label();
    a.bind(square);
    a.emit(Instruction.VMOVUPS, x, Memory.at(RSI));
    a.emit(Instruction.VFMADD231PS, sum, x, x);
    a.emit(Arithmetic.ADD, RSI, 64);
    a.dec(RAX);
    a.jcc(Condition.NOT_EQUAL, square);
    Reduction.emit(a, Instruction.VADDPS, 0, 1, 512);
    VectorRegister mean = sum.as(128);
    a.emit(Instruction.VDIVSS, mean, mean, width);
    a.emit(Instruction.VADDSS, mean, mean, epsilon);
    a.emit(Instruction.VSQRTSS, mean, mean, mean);
    ExponentialCode.broadcast(a, factor, 1);
    a.emit(Instruction.VDIVSS, mean, factor.as(128), mean);
    a.emit(Instruction.VBROADCASTSS, factor, mean);
    Label scale = new Label();
    a.bind(scale);
    a.emit(Instruction.VMULPS, x, factor, Memory.at(RDI));
    a.emit(Instruction.VMULPS, x, x, Memory.at(RDX));
    a.emit(Instruction.VMOVUPS, Memory.at(RCX), x);
    for (Gpr pointer : new Gpr[] {RDI, RDX, RCX}) {
      a.emit(Arithmetic.ADD, pointer, 64);
    }
    a.dec(R9);
    a.jcc(Condition.NOT_EQUAL, scale);
  }
}

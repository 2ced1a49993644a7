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
 * SwiGLU, for vectors of 512 bits.
 *
 * <pre>
 * void swiGlu(float *gate, long gateOffset, float *up, long upOffset, float *out, long outOffset,
 *     long vectors, long limit)
 * </pre>
 *
 * {@code out = silu(min(gate, limit)) · clamp(up, ±limit)}; the limit comes as the bits of a float.
 */
final class SwiGluCode {
  private SwiGluCode() {}

  static byte[] assemble() {
    Assembler a = new Assembler();
    ExponentialCode exponential = new ExponentialCode(a);
    VectorRegister gate = VectorRegister.zmm(0);
    VectorRegister up = VectorRegister.zmm(1);
    VectorRegister e = VectorRegister.zmm(2);
    VectorRegister limit = VectorRegister.zmm(16);
    VectorRegister least = VectorRegister.zmm(17);
    VectorRegister zero = VectorRegister.zmm(18);
    a.emit(Arithmetic.ADD, RDI, RSI);
    a.emit(Arithmetic.ADD, RDX, RCX);
    a.emit(Arithmetic.ADD, R8, R9);
    exponential.constants();
    a.emit(Instruction.VPXORD, zero, zero, zero);
    a.emit(Instruction.VBROADCASTSS, limit, Memory.at(RSP, 16));
    a.emit(Instruction.VSUBPS, least, zero, limit);
    a.mov(RAX, Memory.at(RSP, 8));
    Label next = new Label();
    a.bind(next);
    a.emit(Instruction.VMINPS, gate, limit, Memory.at(RDI));
    a.emit(Instruction.VMINPS, up, limit, Memory.at(RDX));
    a.emit(Instruction.VMAXPS, up, up, least);
    a.emit(Instruction.VSUBPS, e, zero, gate);
    exponential.emit(e, 3);
    a.emit(Instruction.VADDPS, e, e, ExponentialCode.one());
    a.emit(Instruction.VMULPS, gate, gate, up);
    a.emit(Instruction.VDIVPS, gate, gate, e);
    a.emit(Instruction.VMOVUPS, Memory.at(R8), gate);
    for (Gpr pointer : new Gpr[] {RDI, RDX, R8}) {
      a.emit(Arithmetic.ADD, pointer, 64);
    }
    a.dec(RAX);
    a.jcc(Condition.NOT_EQUAL, next);
    a.vzeroupper();
    a.ret();
    return a.assemble();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static dev.coterie.runtime.cpu.machinecode.Gpr.R8;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R9;
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
  private final Assembler a;
  private final ExponentialCode exponential;
  private final VectorRegister limit = VectorRegister.zmm(16);
  private final VectorRegister least = VectorRegister.zmm(17);
  private final VectorRegister zero = VectorRegister.zmm(18);

  SwiGluCode(Assembler a) {
    this.a = a;
    exponential = new ExponentialCode(a);
  }

  static byte[] assemble() {
    Assembler a = new Assembler();
    SwiGluCode code = new SwiGluCode(a);
    a.emit(Arithmetic.ADD, RDI, RSI);
    a.emit(Arithmetic.ADD, RDX, RCX);
    a.emit(Arithmetic.ADD, R8, R9);
    code.constants(Memory.at(RSP, 16));
    a.mov(R9, Memory.at(RSP, 8));
    code.row();
    a.vzeroupper();
    a.ret();
    return a.assemble();
  }

  /** Fills registers from 16 on; takes rax. */
  void constants(Memory bound) {
    exponential.constants();
    a.emit(Instruction.VPXORD, zero, zero, zero);
    a.emit(Instruction.VBROADCASTSS, limit, bound);
    a.emit(Instruction.VSUBPS, least, zero, limit);
  }

  /** Treats r9 vectors of gate at rdi and up at rdx, to r8; takes registers 0 to 5. */
  void row() {
    VectorRegister gate = VectorRegister.zmm(0);
    VectorRegister up = VectorRegister.zmm(1);
    VectorRegister e = VectorRegister.zmm(2);
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
    a.dec(R9);
    a.jcc(Condition.NOT_EQUAL, next);
  }
}

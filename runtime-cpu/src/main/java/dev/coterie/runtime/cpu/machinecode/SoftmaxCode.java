// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static dev.coterie.runtime.cpu.machinecode.Gpr.R10;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R11;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R8;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R9;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RAX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RCX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RDI;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RDX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RSI;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RSP;

import dev.coterie.runtime.cpu.PagedCache;
import dev.coterie.runtime.cpu.machinecode.Assembler.Arithmetic;

/**
 * One step of an online softmax, for vectors of 512 bits: turns each query's scores of 32 tokens to
 * weights, and scales what was summed under a smaller maximum.
 *
 * <pre>
 * void softmax(float *scores, int *visible, float *state, float *sums, long sumRow, long vectors,
 *     long queries)
 * </pre>
 *
 * {@code visible} has a bit for each token that a query sees; {@code state} begins with the factor
 * of scores, then has for each query its greatest score and the sum of its weights; {@code vectors}
 * of 16 sums a query lie {@code sumRow} bytes apart.
 */
final class SoftmaxCode {
  /** Where the queries' pairs begin in the state, in floats. */
  static final int PAIRS = 2;

  private final Assembler a = new Assembler();
  private final ExponentialCode exponential = new ExponentialCode(a);
  private final Mask low = new Mask(1);
  private final Mask high = new Mask(2);
  private final VectorRegister scale = VectorRegister.zmm(18);
  private final VectorRegister hidden = VectorRegister.zmm(19);

  private SoftmaxCode() {}

  static byte[] assemble() {
    return new SoftmaxCode().assembleAll();
  }

  private byte[] assembleAll() {
    a.emit(Instruction.VBROADCASTSS, scale, Memory.at(RDX));
    ExponentialCode.broadcast(a, hidden, Float.NEGATIVE_INFINITY);
    exponential.constants();
    a.emit(Arithmetic.ADD, RDX, PAIRS * Float.BYTES);
    a.mov(R10, Memory.at(RSP, 8)); // queries
    Label query = new Label();
    Label none = new Label();
    Label next = new Label();
    a.bind(query);
    a.mov(RAX.low(), Memory.at(RSI));
    a.test(RAX.low(), RAX.low());
    a.jcc(Condition.EQUAL, none);
    a.emit(Instruction.KMOVW, low, RAX.low());
    a.shr(RAX.low(), 16);
    a.emit(Instruction.KMOVW, high, RAX.low());
    seen();
    a.jmp(next);
    a.bind(none);
    VectorRegister zero = VectorRegister.zmm(0);
    a.emit(Instruction.VPXORD, zero, zero, zero);
    a.emit(Instruction.VMOVUPS, Memory.at(RDI), zero);
    a.emit(Instruction.VMOVUPS, Memory.at(RDI, 64), zero);
    a.bind(next);
    a.emit(Arithmetic.ADD, RDI, PagedCache.PANEL * Float.BYTES);
    a.emit(Arithmetic.ADD, RSI, Integer.BYTES);
    a.emit(Arithmetic.ADD, RDX, 2 * Float.BYTES);
    a.emit(Arithmetic.ADD, RCX, R8);
    a.dec(R10);
    a.jcc(Condition.NOT_EQUAL, query);
    a.vzeroupper();
    a.ret();
    return a.assemble();
  }

  /** A query that sees something: scores to zmm0 and zmm1, the factor for its sums to zmm2. */
  private void seen() {
    VectorRegister first = VectorRegister.zmm(0);
    VectorRegister second = VectorRegister.zmm(1);
    VectorRegister before = VectorRegister.zmm(2);
    VectorRegister most = VectorRegister.zmm(3);
    a.emit(Instruction.VMOVUPS, first, hidden);
    a.emit(Instruction.VMOVUPS, second, hidden);
    a.emit(Instruction.VMULPS, first.masked(low), scale, Memory.at(RDI));
    a.emit(Instruction.VMULPS, second.masked(high), scale, Memory.at(RDI, 64));
    a.emit(Instruction.VMAXPS, most, first, second);
    Reduction.emit(a, Instruction.VMAXPS, 3, 4, 512);
    a.emit(Instruction.VBROADCASTSS, before, Memory.at(RDX));
    a.emit(Instruction.VBROADCASTSS, most, most.as(128));
    a.emit(Instruction.VMAXPS, most, most, before);
    a.emit(Instruction.VMOVSS, Memory.at(RDX), most.as(128));
    for (int i = 0; i < 3; i++) {
      a.emit(Instruction.VSUBPS, VectorRegister.zmm(i), VectorRegister.zmm(i), most);
    }
    for (int i = 0; i < 3; i++) {
      exponential.emit(VectorRegister.zmm(i), 5 + 3 * i);
    }
    a.emit(Instruction.VMOVUPS, first.zeroed(low), first);
    a.emit(Instruction.VMOVUPS, second.zeroed(high), second);
    a.emit(Instruction.VMOVUPS, Memory.at(RDI), first);
    a.emit(Instruction.VMOVUPS, Memory.at(RDI, 64), second);
    VectorRegister total = VectorRegister.zmm(3);
    a.emit(Instruction.VADDPS, total, first, second);
    Reduction.emit(a, Instruction.VADDPS, 3, 4, 512);
    VectorRegister old = VectorRegister.xmm(4);
    a.emit(Instruction.VMOVSS, old, Memory.at(RDX, Float.BYTES));
    a.emit(Instruction.VMULSS, old, old, before.as(128));
    a.emit(Instruction.VADDSS, old, old, total.as(128));
    a.emit(Instruction.VMOVSS, Memory.at(RDX, Float.BYTES), old);
    a.mov(RAX, RCX);
    a.mov(R11, R9);
    Label loop = new Label();
    a.bind(loop);
    a.emit(Instruction.VMULPS, total, before, Memory.at(RAX));
    a.emit(Instruction.VMOVUPS, Memory.at(RAX), total);
    a.emit(Arithmetic.ADD, RAX, 64);
    a.dec(R11);
    a.jcc(Condition.NOT_EQUAL, loop);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static dev.coterie.runtime.cpu.machinecode.Gpr.R10;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R11;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R12;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R13;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R8;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R9;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RAX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RBP;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RBX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RCX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RDI;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RDX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RSI;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RSP;

import dev.coterie.runtime.cpu.PagedCache;
import dev.coterie.runtime.cpu.machinecode.Assembler.Arithmetic;
import java.util.List;

/**
 * One step of an online softmax, for vectors of 512 bits: turns each query's scores of a few blocks
 * of 32 tokens to weights, and scales what was summed under a smaller maximum.
 *
 * <pre>
 * void softmax(float *scores, short *visible, float *state, float *sums, long sumRow,
 *     long sumVectors, long queries, long vectors)
 * </pre>
 *
 * A query has {@code vectors} of 16 scores, and in {@code visible} a bit for each token that it
 * sees; {@code state} begins with the factor of scores, then has for each query its greatest score
 * and the sum of its weights; {@code sumVectors} of 16 sums a query lie {@code sumRow} bytes apart.
 * Up to two bytes beyond what is visible are read.
 */
final class SoftmaxCode {
  /** The most blocks of a step. */
  static final int BLOCKS = 4;

  /** From a query's scores to the next one's, in floats. */
  static final int SCORES = BLOCKS * PagedCache.PANEL;

  /** From a query's bits to the next one's. */
  static final int VISIBLE_BYTES = BLOCKS * Integer.BYTES;

  /** Where the queries' pairs begin in the state, in floats. */
  static final int PAIRS = 2;

  private static final List<Gpr> SAVED = List.of(RBX, RBP, R12, R13);
  private static final Mask SEEN = new Mask(1);

  private final Assembler a = new Assembler();
  private final ExponentialCode exponential = new ExponentialCode(a);
  private final VectorRegister scores = VectorRegister.zmm(0);
  private final VectorRegister factor = VectorRegister.zmm(2);
  private final VectorRegister most = VectorRegister.zmm(3);
  private final VectorRegister total = VectorRegister.zmm(4);
  private final VectorRegister scale = VectorRegister.zmm(18);
  private final VectorRegister hidden = VectorRegister.zmm(19);

  private SoftmaxCode() {}

  static byte[] assemble() {
    return new SoftmaxCode().assembleAll();
  }

  private byte[] assembleAll() {
    SAVED.forEach(a::push);
    a.emit(Instruction.VBROADCASTSS, scale, Memory.at(RDX));
    ExponentialCode.broadcast(a, hidden, Float.NEGATIVE_INFINITY);
    exponential.constants();
    a.emit(Arithmetic.ADD, RDX, PAIRS * Float.BYTES);
    a.mov(R10, Memory.at(RSP, Long.BYTES * (SAVED.size() + 1))); // queries
    a.mov(R11, Memory.at(RSP, Long.BYTES * (SAVED.size() + 2))); // vectors
    Label query = new Label();
    a.bind(query);
    findMost();
    rescale();
    weigh();
    a.emit(Arithmetic.ADD, RDI, SCORES * Float.BYTES);
    a.emit(Arithmetic.ADD, RSI, VISIBLE_BYTES);
    a.emit(Arithmetic.ADD, RDX, 2 * Float.BYTES);
    a.emit(Arithmetic.ADD, RCX, R8);
    a.dec(R10);
    a.jcc(Condition.NOT_EQUAL, query);
    a.vzeroupper();
    SAVED.reversed().forEach(a::pop);
    a.ret();
    return a.assemble();
  }

  /** Begins a loop over a query's scores. */
  private Label eachVector() {
    a.mov(RBX, RDI);
    a.mov(RBP, RSI);
    a.mov(R12, R11);
    Label next = new Label();
    a.bind(next);
    a.mov(RAX.low(), Memory.at(RBP));
    a.emit(Instruction.KMOVW, SEEN, RAX.low());
    return next;
  }

  private void end(Label next) {
    a.emit(Arithmetic.ADD, RBX, 64);
    a.emit(Arithmetic.ADD, RBP, Short.BYTES);
    a.dec(R12);
    a.jcc(Condition.NOT_EQUAL, next);
  }

  /** Scales the scores, hides what is not seen, and brings the greatest so far to all lanes. */
  private void findMost() {
    a.emit(Instruction.VBROADCASTSS, most, Memory.at(RDX));
    a.emit(Instruction.VMOVUPS, factor, most);
    Label next = eachVector();
    a.emit(Instruction.VMOVUPS, scores, hidden);
    a.emit(Instruction.VMULPS, scores.masked(SEEN), scale, Memory.at(RBX));
    a.emit(Instruction.VMOVUPS, Memory.at(RBX), scores);
    a.emit(Instruction.VMAXPS, most, most, scores);
    end(next);
    Reduction.emit(a, Instruction.VMAXPS, 3, 1, 512);
    a.emit(Instruction.VBROADCASTSS, most, most.as(128));
  }

  /** Where the maximum has grown, what was summed so far weighs less. */
  private void rescale() {
    Label same = new Label();
    a.mov(R13.low(), Memory.at(RDX));
    a.emit(Instruction.VMOVSS, Memory.at(RDX), most.as(128));
    a.emit(Arithmetic.CMP, R13.low(), Memory.at(RDX));
    a.jcc(Condition.EQUAL, same);
    a.emit(Instruction.VSUBPS, factor, factor, most);
    exponential.emit(factor, 5);
    VectorRegister sum = VectorRegister.xmm(1);
    a.emit(Instruction.VMULSS, sum, factor.as(128), Memory.at(RDX, Float.BYTES));
    a.emit(Instruction.VMOVSS, Memory.at(RDX, Float.BYTES), sum);
    a.mov(RAX, RCX);
    a.mov(R12, R9);
    Label loop = new Label();
    a.bind(loop);
    a.emit(Instruction.VMULPS, sum.as(512), factor, Memory.at(RAX));
    a.emit(Instruction.VMOVUPS, Memory.at(RAX), sum.as(512));
    a.emit(Arithmetic.ADD, RAX, 64);
    a.dec(R12);
    a.jcc(Condition.NOT_EQUAL, loop);
    a.bind(same);
  }

  /** Turns scores to weights, and adds these to the query's sum. */
  private void weigh() {
    a.emit(Instruction.VPXORD, total, total, total);
    Label next = eachVector();
    a.emit(Instruction.VMOVUPS, scores, Memory.at(RBX));
    a.emit(Instruction.VSUBPS, scores, scores, most);
    exponential.emit(scores, 5);
    a.emit(Instruction.VMOVUPS, scores.zeroed(SEEN), scores);
    a.emit(Instruction.VMOVUPS, Memory.at(RBX), scores);
    a.emit(Instruction.VADDPS, total, total, scores);
    end(next);
    Reduction.emit(a, Instruction.VADDPS, 4, 1, 512);
    a.emit(Instruction.VADDSS, total.as(128), total.as(128), Memory.at(RDX, Float.BYTES));
    a.emit(Instruction.VMOVSS, Memory.at(RDX, Float.BYTES), total.as(128));
  }
}

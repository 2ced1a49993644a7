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

import dev.coterie.runtime.cpu.machinecode.Assembler.Arithmetic;

/**
 * Rounds a row of activations to 8 bits, 32 inputs at a time.
 *
 * <pre>
 * void quantize(float *x, long xOffset, char *panel, long offset, long blockBytes, long blocks)
 * </pre>
 *
 * {@code offset} is where the row's share of its first block begins; see {@link Panel}. The scale
 * is {@code d = max(|x|) / 127}, at least the least normal float, and the codes are {@code x · (1 /
 * d)}, rounded to even. A block with a NaN gets NaN for its scale.
 *
 * <p>Magnitudes are compared as integers, because that orders floats the same and puts NaN last.
 */
final class QuantizeCode {
  private final Assembler a;
  private final int bits;
  private final int vectors;
  private final VectorRegister magnitude;
  private final VectorRegister limit = VectorRegister.xmm(9); // 127
  private final VectorRegister least = VectorRegister.xmm(10);
  private final VectorRegister one = VectorRegister.xmm(11);

  QuantizeCode(Assembler a, InstructionSet set) {
    this.a = a;
    bits = set.bits;
    magnitude = VectorRegister.of(8, bits);
    vectors = 32 * Panel.BLOCK / bits;
  }

  static byte[] assemble(InstructionSet set) {
    Assembler a = new Assembler();
    QuantizeCode code = new QuantizeCode(a, set);
    a.emit(Arithmetic.ADD, RDI, RSI);
    a.emit(Arithmetic.ADD, RDX, RCX); // the row's share of a block
    code.constants();
    code.row();
    a.vzeroupper();
    a.ret();
    return a.assemble();
  }

  private VectorRegister x(int i) {
    return VectorRegister.of(i, bits);
  }

  private VectorRegister temporary(int i) {
    return VectorRegister.of(4 + i, bits);
  }

  /** Fills registers 8 to 11; takes rax. */
  void constants() {
    constant(magnitude.as(128), 0x7fffffff);
    a.emit(Instruction.VPBROADCASTD, magnitude, magnitude.as(128));
    constant(limit, Float.floatToRawIntBits(127));
    constant(least, Float.floatToRawIntBits(Float.MIN_NORMAL));
    constant(one, Float.floatToRawIntBits(1));
  }

  /** Rounds r9 blocks from rdi on to where rdx points, r8 bytes apart; takes registers 0 to 12. */
  void row() {
    VectorRegister d = VectorRegister.xmm(12);
    Label loop = new Label();
    a.bind(loop);
    for (int i = 0; i < vectors; i++) {
      a.emit(Instruction.VMOVUPS, x(i), Memory.at(RDI, i * bits / 8));
      a.emit(and(), temporary(i), x(i), magnitude);
    }
    combine(Instruction.VPMAXSD, 4, vectors);
    Reduction.emit(a, Instruction.VPMAXSD, 4, 5, bits);
    VectorRegister inverse = VectorRegister.xmm(4);
    a.emit(Instruction.VDIVSS, d, inverse, limit);
    a.emit(Instruction.VMAXSS, d, least, d); // of NaN and a number, the second
    a.emit(Instruction.VMOVSS, Memory.at(RDX, Panel.SCALE), d);
    a.emit(Instruction.VDIVSS, inverse, one, d);
    a.emit(Instruction.VBROADCASTSS, inverse.as(bits), inverse);
    for (int i = 0; i < vectors; i++) {
      a.emit(Instruction.VMULPS, x(i), x(i), inverse.as(bits));
      a.emit(Instruction.VCVTPS2DQ, x(i), x(i));
    }
    storeCodes();
    storeSums(d);
    a.emit(Arithmetic.ADD, RDI, 4 * Panel.BLOCK);
    a.emit(Arithmetic.ADD, RDX, R8);
    a.dec(R9);
    a.jcc(Condition.NOT_EQUAL, loop);
  }

  private void storeSums(VectorRegister d) {
    combine(Instruction.VPADDD, 0, vectors / 2);
    combine(Instruction.VPADDD, vectors / 2, vectors / 2);
    VectorRegister first = VectorRegister.xmm(0);
    VectorRegister all = VectorRegister.xmm(vectors / 2);
    VectorRegister t = VectorRegister.xmm(5);
    Reduction.emit(a, Instruction.VPADDD, 0, 5, bits);
    Reduction.emit(a, Instruction.VPADDD, vectors / 2, 5, bits);
    a.emit(Instruction.VPADDD, all, all, first);
    a.emit(Instruction.VCVTDQ2PS, t, all);
    a.emit(Instruction.VMULSS, t, t, d);
    a.emit(Instruction.VMOVSS, Memory.at(RDX, Panel.TOTAL), t);
    a.emit(Instruction.VPXOR, t, t, t);
    a.emit(Instruction.VPSUBD, all, t, all);
    a.emit(Instruction.VMOVSS, Memory.at(RDX, Panel.SUM), all);
    a.emit(Instruction.VPSUBD, first, t, first);
    a.emit(Instruction.VMOVSS, Memory.at(RDX, Panel.FIRST_SUM), first);
  }

  private Instruction and() {
    return bits == 512 ? Instruction.VPANDD : Instruction.VPAND;
  }

  private void constant(VectorRegister to, int value) {
    a.mov(RAX.low(), value);
    a.emit(Instruction.VMOVD, to, RAX.low());
  }

  /** Brings vectors, from a register on, together in the first of them. */
  private void combine(Instruction op, int first, int count) {
    for (int half = count / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        VectorRegister to = VectorRegister.of(first + i, bits);
        a.emit(op, to, to, VectorRegister.of(first + i + half, bits));
      }
    }
  }

  /** Integers that fit in bytes, but where there was a NaN. */
  private void storeCodes() {
    if (bits == 512) {
      for (int i = 0; i < vectors; i++) {
        a.emit(Instruction.VPMOVSDB, Memory.at(RDX, 16 * i), x(i));
      }
      return;
    }
    for (int i = 0; i < vectors; i++) {
      VectorRegister high = temporary(i).as(128);
      a.emit(Instruction.VEXTRACTI128, high, x(i), 1);
      a.emit(Instruction.VPACKSSDW, high, x(i).as(128), high);
    }
    for (int i = 0; i < vectors; i += 2) {
      VectorRegister low = temporary(i).as(128);
      a.emit(Instruction.VPACKSSWB, low, low, temporary(i + 1).as(128));
      a.emit(Instruction.VMOVDQU, Memory.at(RDX, 8 * i), low);
    }
  }
}

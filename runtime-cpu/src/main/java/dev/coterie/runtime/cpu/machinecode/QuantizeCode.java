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
 * void quantize(float *x, long xOffset, char *panel, long codes, long scales, long blocks)
 * </pre>
 *
 * {@code codes} and {@code scales} are where those of the row begin. The scale is {@code d =
 * max(|x|) / 127}, at least the least normal float, and the codes are {@code x · (1 / d)}, rounded
 * to even. A block with a NaN gets NaN for its scale.
 *
 * <p>Magnitudes are compared as integers, because that orders floats the same and puts NaN last.
 */
final class QuantizeCode {
  private final Assembler a = new Assembler();
  private final int bits;
  private final int vectors;
  private final Panel panel;

  private QuantizeCode(InstructionSet set, Panel panel) {
    bits = set.bits;
    vectors = 32 * Panel.BLOCK / bits;
    this.panel = panel;
  }

  static byte[] assemble(InstructionSet set, Panel panel) {
    return new QuantizeCode(set, panel).assemble();
  }

  private VectorRegister x(int i) {
    return VectorRegister.of(i, bits);
  }

  private VectorRegister temporary(int i) {
    return VectorRegister.of(4 + i, bits);
  }

  private byte[] assemble() {
    VectorRegister magnitude = VectorRegister.of(8, bits);
    VectorRegister limit = VectorRegister.xmm(9); // 127
    VectorRegister least = VectorRegister.xmm(10);
    VectorRegister one = VectorRegister.xmm(11);
    a.emit(Arithmetic.ADD, RDI, RSI);
    constant(magnitude.as(128), 0x7fffffff);
    a.emit(Instruction.VPBROADCASTD, magnitude, magnitude.as(128));
    constant(limit, Float.floatToRawIntBits(127));
    constant(least, Float.floatToRawIntBits(Float.MIN_NORMAL));
    constant(one, Float.floatToRawIntBits(1));
    a.lea(RSI, Memory.at(RDX, RCX, 1, 0)); // the row's codes
    a.emit(Arithmetic.ADD, RDX, R8); // its scale, which its sum follows
    Label loop = new Label();
    a.bind(loop);
    for (int i = 0; i < vectors; i++) {
      a.emit(Instruction.VMOVUPS, x(i), Memory.at(RDI, i * bits / 8));
      a.emit(and(), temporary(i), x(i), magnitude);
    }
    combine(Instruction.VPMAXSD, 4);
    Reduction.emit(a, Instruction.VPMAXSD, 4, 5, bits);
    VectorRegister d = VectorRegister.xmm(4);
    a.emit(Instruction.VDIVSS, d, d, limit);
    a.emit(Instruction.VMAXSS, d, least, d); // of NaN and a number, the second
    a.emit(Instruction.VMOVSS, Memory.at(RDX), d);
    a.emit(Instruction.VDIVSS, d, one, d);
    a.emit(Instruction.VBROADCASTSS, d.as(bits), d);
    for (int i = 0; i < vectors; i++) {
      a.emit(Instruction.VMULPS, x(i), x(i), d.as(bits));
      a.emit(Instruction.VCVTPS2DQ, x(i), x(i));
    }
    storeCodes();
    combine(Instruction.VPADDD, 0);
    Reduction.emit(a, Instruction.VPADDD, 0, 1, bits);
    VectorRegister sum = VectorRegister.xmm(0);
    VectorRegister zero = VectorRegister.xmm(1);
    a.emit(Instruction.VPXOR, zero, zero, zero);
    a.emit(Instruction.VPSUBD, sum, zero, sum);
    a.emit(Instruction.VMOVSS, Memory.at(RDX, panel.sum(0) - panel.scale(0)), sum);
    a.emit(Arithmetic.ADD, RDI, 4 * Panel.BLOCK);
    a.emit(Arithmetic.ADD, RSI, panel.blockBytes());
    a.emit(Arithmetic.ADD, RDX, panel.blockBytes());
    a.dec(R9);
    a.jcc(Condition.NOT_EQUAL, loop);
    a.vzeroupper();
    a.ret();
    return a.assemble();
  }

  private Instruction and() {
    return bits == 512 ? Instruction.VPANDD : Instruction.VPAND;
  }

  private void constant(VectorRegister to, int value) {
    a.mov(RAX.low(), value);
    a.emit(Instruction.VMOVD, to, RAX.low());
  }

  /** Brings vectors, from a register on, together in the first of them. */
  private void combine(Instruction op, int first) {
    for (int half = vectors / 2; half > 0; half /= 2) {
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
        a.emit(Instruction.VPMOVSDB, Memory.at(RSI, 16 * i), x(i));
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
      a.emit(Instruction.VMOVDQU, Memory.at(RSI, 8 * i), low);
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static dev.coterie.runtime.cpu.machinecode.Gpr.R12;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R13;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R14;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R15;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R8;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R9;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RBP;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RBX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RCX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RDI;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RDX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RSI;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RSP;

import dev.coterie.runtime.cpu.machinecode.Assembler.Arithmetic;
import java.util.List;

/**
 * Norms or SwiGLU of some rows whose results are rounded to 8 bits while they are in the nearest
 * cache, for vectors of 512 bits. The rows belong to one tile of {@link QuantizedRows}.
 *
 * <pre>
 * void prepare(float *x, long xOffset, float *other, long otherOffset, float *y, long yOffset,
 *     char *panel, long xRow, long otherRow, long yRow, long blockBytes, long blocks, long rows,
 *     long a, long b)
 * </pre>
 *
 * For a norm {@code other} is the weight, and a and b are width and epsilon as the bits of floats;
 * for SwiGLU x is the gate, {@code other} the up projection, and a the limit.
 */
final class PreparedRowsCode {
  private static final List<Gpr> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);
  private static final int PANEL = 0;
  private static final int X_ROW = 1;
  private static final int OTHER_ROW = 2;
  private static final int Y_ROW = 3;
  private static final int BLOCK_BYTES = 4;
  private static final int BLOCKS = 5;
  private static final int ROWS = 6;
  private static final int A = 7;
  private static final int B = 8;

  private final Assembler a = new Assembler();

  private PreparedRowsCode() {}

  static byte[] norm() {
    PreparedRowsCode code = new PreparedRowsCode();
    return code.assemble(() -> {}, () -> NormCode.row(code.a, argument(A), argument(B)), RCX);
  }

  static byte[] swiGlu() {
    PreparedRowsCode code = new PreparedRowsCode();
    SwiGluCode swiGlu = new SwiGluCode(code.a);
    return code.assemble(() -> swiGlu.constants(argument(A)), swiGlu::row, R8);
  }

  private static Memory argument(int i) {
    return Memory.at(RBP, Long.BYTES * (SAVED.size() + 1 + i));
  }

  /**
   * The loop over rows.
   *
   * @param constants loads what the rows share
   * @param row treats a row: what rdi and rdx point at
   * @param y where it takes the place of its result
   */
  private byte[] assemble(Runnable constants, Runnable row, Gpr y) {
    QuantizeCode quantize = new QuantizeCode(a, InstructionSet.AVX512_VNNI);
    SAVED.forEach(a::push);
    a.mov(RBP, RSP);
    a.lea(RBX, Memory.at(RDI, RSI, 1, 0));
    a.lea(R12, Memory.at(RDX, RCX, 1, 0));
    a.lea(R13, Memory.at(R8, R9, 1, 0));
    a.mov(R14, argument(PANEL));
    a.mov(R15, argument(ROWS));
    constants.run();
    quantize.constants();
    Label next = new Label();
    a.bind(next);
    a.mov(RDI, RBX);
    a.mov(RDX, R12);
    a.mov(y, R13);
    a.mov(R9, argument(BLOCKS));
    a.emit(Arithmetic.ADD, R9, R9); // of 16 values, two a block
    row.run();
    a.mov(RDI, R13);
    a.mov(RDX, R14);
    a.mov(R8, argument(BLOCK_BYTES));
    a.mov(R9, argument(BLOCKS));
    quantize.row();
    a.emit(Arithmetic.ADD, RBX, argument(X_ROW));
    a.emit(Arithmetic.ADD, R12, argument(OTHER_ROW));
    a.emit(Arithmetic.ADD, R13, argument(Y_ROW));
    a.emit(Arithmetic.ADD, R14, Panel.ROW_BYTES);
    a.dec(R15);
    a.jcc(Condition.NOT_EQUAL, next);
    a.vzeroupper();
    SAVED.reversed().forEach(a::pop);
    a.ret();
    return a.assemble();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static dev.coterie.runtime.cpu.machinecode.Gpr.R10;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R11;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R12;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R13;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R14;
import static dev.coterie.runtime.cpu.machinecode.Gpr.R15;
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
import dev.coterie.runtime.cpu.machinecode.Assembler.Hint;
import java.util.List;

/**
 * Products of panels of a cache block with float rows, for vectors of 512 bits.
 *
 * <pre>
 * void panels(char *p, long ahead, long count, float *x, long xOffset, long xRow,
 *     float *y, long yOffset, long yRow, long panels, long accumulate)
 * </pre>
 *
 * A panel is {@code [32, 32]} half or float values, keys only as much of it as {@code count} says:
 * {@code y[r, c] = Σ over k below count of p[k, c] · x[r, k]}, or as much is added to it. Each
 * further panel makes the next 32 values of y's rows. Every row sums over k in the same order,
 * however many rows go together. Meanwhile what lies {@code ahead} bytes further is fetched: the
 * panels that come next, wherever they are.
 */
final class PanelCode {
  /** The most rows of a call. */
  static final int MOST_ROWS = 12;

  private static final int BITS = 512;
  private static final int VECTORS = 2;
  private static final List<Gpr> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);
  private static final int Y = 0;
  private static final int Y_OFFSET = 1;
  private static final int COUNT = 1; // where the offset of y was
  private static final int Y_ROW = 2;
  private static final int PANELS = 3;
  private static final int ACCUMULATE = 4;

  /** Multiples of a row's length, for rows that cannot be addressed with a smaller one. */
  private static final List<Gpr> ODD = List.of(R9, R10, R11, RBX, R12, R13);

  private final Assembler a = new Assembler();
  private final boolean halves;
  private final int rows;

  private PanelCode(boolean halves, int rows) {
    this.halves = halves;
    this.rows = rows;
  }

  static byte[] assemble(boolean halves, int rows) {
    return new PanelCode(halves, rows).assemble();
  }

  private static VectorRegister sum(int row, int v) {
    return VectorRegister.zmm(VECTORS * row + v);
  }

  private static VectorRegister panel(int v) {
    return VectorRegister.zmm(VECTORS * MOST_ROWS + v);
  }

  private static VectorRegister input(int row) {
    return VectorRegister.zmm(VECTORS * (MOST_ROWS + 1) + row % 4);
  }

  private static Memory argument(int i) {
    return Memory.at(RBP, 8 * (SAVED.size() + 1 + i));
  }

  /** The next input of a row: rows lie at r9, times an odd number and a power of two. */
  private static Memory x(int row) {
    if (row == 0) {
      return Memory.at(R8);
    }
    int power = Integer.lowestOneBit(row);
    return Memory.at(R8, ODD.get(row / power / 2), power, 0);
  }

  private byte[] assemble() {
    SAVED.forEach(a::push);
    a.mov(RBP, RSP);
    a.mov(RAX, RSI);
    a.emit(Arithmetic.ADD, RCX, R8);
    a.mov(RSI, argument(Y));
    a.emit(Arithmetic.ADD, RSI, argument(Y_OFFSET));
    a.mov(argument(COUNT), RDX);
    a.mov(RDX, RAX);
    a.mov(R14, argument(PANELS));
    for (int i = 1; i < ODD.size(); i++) {
      a.lea(ODD.get(i), Memory.at(ODD.get(i - 1), R9, 2, 0));
    }
    Label next = new Label();
    a.bind(next);
    panel();
    a.emit(Arithmetic.ADD, RDI, PagedCache.PANEL * PagedCache.PANEL * bytes());
    a.emit(Arithmetic.ADD, RSI, PagedCache.PANEL * Float.BYTES);
    a.dec(R14);
    a.jcc(Condition.NOT_EQUAL, next);
    a.vzeroupper();
    a.mov(RSP, RBP);
    SAVED.reversed().forEach(a::pop);
    a.ret();
    return a.assemble();
  }

  private int bytes() {
    return halves ? Short.BYTES : Float.BYTES;
  }

  private void panel() {
    begin();
    a.mov(RAX, RDI);
    a.mov(R8, RCX);
    a.mov(R15, argument(COUNT));
    Label loop = new Label();
    a.bind(loop);
    for (int line = 0; line < PagedCache.PANEL * bytes(); line += 64) {
      a.prefetch(Hint.T0, Memory.at(RAX, RDX, 1, line));
    }
    for (int v = 0; v < VECTORS; v++) {
      Memory values = Memory.at(RAX, v * BITS / 32 * bytes());
      a.emit(halves ? Instruction.VCVTPH2PS : Instruction.VMOVUPS, panel(v), values);
    }
    for (int row = 0; row < rows; row++) {
      a.emit(Instruction.VBROADCASTSS, input(row), x(row));
      for (int v = 0; v < VECTORS; v++) {
        a.emit(Instruction.VFMADD231PS, sum(row, v), panel(v), input(row));
      }
    }
    a.emit(Arithmetic.ADD, RAX, PagedCache.PANEL * bytes());
    a.emit(Arithmetic.ADD, R8, Float.BYTES);
    a.dec(R15);
    a.jcc(Condition.NOT_EQUAL, loop);
    eachRow(Instruction.VMOVUPS, false);
  }

  /** Sums begin with what stands in y, or with 0. */
  private void begin() {
    Label zero = new Label();
    Label begun = new Label();
    a.mov(RAX, argument(ACCUMULATE));
    a.test(RAX, RAX);
    a.jcc(Condition.EQUAL, zero);
    eachRow(Instruction.VMOVUPS, true);
    a.jmp(begun);
    a.bind(zero);
    for (int i = 0; i < VECTORS * rows; i++) {
      VectorRegister sum = VectorRegister.zmm(i);
      a.emit(Instruction.VPXORD, sum, sum, sum);
    }
    a.bind(begun);
  }

  private void eachRow(Instruction move, boolean load) {
    a.mov(RAX, RSI);
    for (int row = 0; row < rows; row++) {
      for (int v = 0; v < VECTORS; v++) {
        Memory y = Memory.at(RAX, v * BITS / 8);
        if (load) {
          a.emit(move, sum(row, v), y);
        } else {
          a.emit(move, y, sum(row, v));
        }
      }
      a.emit(Arithmetic.ADD, RAX, argument(Y_ROW));
    }
  }
}

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
 * A panel is {@code [32, 32]} values, keys only as much of it as {@code count} says: {@code y[r, c]
 * = Σ over k below count of p[k, c] · x[r, k]}, or as much is added to it. Each further panel makes
 * the next 32 values of y's rows. Every row sums over k in the same order, however many rows go
 * together. Meanwhile what lies {@code ahead} bytes further is fetched: the panels that come next,
 * wherever they are.
 *
 * <p>Bytes become float32 times their scales, which is exact: 7 and 11 bits. All scales lie at p,
 * and the bytes of all panels after them.
 */
final class PanelCode {
  /** The most rows of a call. */
  static final int MOST_ROWS = 12;

  private static final int BITS = 512;
  private static final int VECTORS = 2;
  private static final int SCALES_BYTES = PagedCache.PANEL * Short.BYTES;
  private static final List<Gpr> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);
  private static final int Y = 0;
  private static final int CODES = 0; // where y was
  private static final int Y_OFFSET = 1;
  private static final int COUNT = 1; // where the offset of y was
  private static final int Y_ROW = 2;
  private static final int PANELS = 3;
  private static final int ACCUMULATE = 4;

  /** Multiples of a row's length, for rows that cannot be addressed with a smaller one. */
  private static final List<Gpr> ODD = List.of(R9, R10, R11, RBX, R12, R13);

  private final Assembler a = new Assembler();
  private final PanelKind kind;
  private final boolean quantized;
  private final int rows;

  private PanelCode(PanelKind kind, int rows) {
    this.kind = kind;
    quantized = kind == PanelKind.QUANTIZED_KEYS || kind == PanelKind.QUANTIZED_VALUES;
    this.rows = rows;
  }

  static byte[] assemble(PanelKind kind, int rows) {
    return new PanelCode(kind, rows).assemble();
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

  /** The scales of 32 keys, half of them each. */
  private static VectorRegister scales(int v) {
    return VectorRegister.zmm(VECTORS * (MOST_ROWS + 1) + 4 + v);
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
    if (quantized) {
      findCodes();
    }
    for (int i = 1; i < ODD.size(); i++) {
      a.lea(ODD.get(i), Memory.at(ODD.get(i - 1), R9, 2, 0));
    }
    Label next = new Label();
    a.bind(next);
    panel();
    int bytes = PagedCache.PANEL * PagedCache.PANEL * kind.bytes;
    if (quantized) {
      a.emit(Arithmetic.ADD, RDI, SCALES_BYTES);
      a.mov(RAX, bytes);
      a.emit(Arithmetic.ADD, argument(CODES), RAX);
    } else {
      a.emit(Arithmetic.ADD, RDI, bytes);
    }
    a.emit(Arithmetic.ADD, RSI, PagedCache.PANEL * Float.BYTES);
    a.mov(R14, argument(PANELS));
    a.dec(R14);
    a.mov(argument(PANELS), R14);
    a.jcc(Condition.NOT_EQUAL, next);
    a.vzeroupper();
    a.mov(RSP, RBP);
    SAVED.reversed().forEach(a::pop);
    a.ret();
    return a.assemble();
  }

  /** Puts the address of the first panel's bytes where y was, and makes room for 32 scales. */
  private void findCodes() {
    if (kind == PanelKind.QUANTIZED_KEYS) {
      a.mov(RAX, argument(COUNT));
      a.emit(Arithmetic.ADD, RAX, PagedCache.PANEL - 1);
      a.shr(RAX, 5);
    } else {
      a.mov(RAX, argument(PANELS));
      a.emit(Arithmetic.SUB, RSP, PagedCache.PANEL * Float.BYTES);
      a.emit(Arithmetic.AND, RSP, -64);
    }
    a.shl(RAX, 6);
    a.emit(Arithmetic.ADD, RAX, RDI);
    a.mov(argument(CODES), RAX);
  }

  private void panel() {
    begin();
    a.mov(R8, RCX);
    a.mov(R15, argument(COUNT));
    if (quantized) {
      a.mov(RAX, argument(CODES));
    } else {
      a.mov(RAX, RDI);
    }
    switch (kind) {
      case FLOATS, HALVES -> inputs(R15);
      case QUANTIZED_KEYS -> keys();
      case QUANTIZED_VALUES -> {
        readScales();
        for (int v = 0; v < VECTORS; v++) {
          a.emit(Instruction.VMOVUPS, Memory.at(RSP, v * BITS / 8), scales(v));
        }
        a.mov(R14, RSP);
        inputs(R15);
      }
    }
    eachRow(Instruction.VMOVUPS, false);
  }

  /** Keys have other scales after each 32 inputs. */
  private void keys() {
    Label next = new Label();
    Label whole = new Label();
    a.bind(next);
    readScales();
    a.emit(Arithmetic.ADD, RDI, SCALES_BYTES);
    a.mov(R14, PagedCache.PANEL);
    a.emit(Arithmetic.CMP, R15, R14);
    a.jcc(Condition.GREATER_OR_EQUAL, whole);
    a.mov(R14, R15);
    a.bind(whole);
    a.emit(Arithmetic.SUB, R15, R14);
    inputs(R14);
    a.test(R15, R15);
    a.jcc(Condition.NOT_EQUAL, next);
  }

  private void readScales() {
    a.prefetch(Hint.T0, Memory.at(RDI, RDX, 1, 0));
    for (int v = 0; v < VECTORS; v++) {
      a.emit(Instruction.VCVTPH2PS, scales(v), Memory.at(RDI, v * SCALES_BYTES / VECTORS));
    }
  }

  /** Multiplies and adds as many inputs as a register says. */
  private void inputs(Gpr count) {
    Label loop = new Label();
    a.bind(loop);
    for (int line = 0; line < PagedCache.PANEL * kind.bytes; line += 64) {
      a.prefetch(Hint.T0, Memory.at(RAX, RDX, 1, line));
    }
    for (int v = 0; v < VECTORS; v++) {
      load(panel(v), Memory.at(RAX, v * BITS / 32 * kind.bytes), v);
    }
    for (int row = 0; row < rows; row++) {
      a.emit(Instruction.VBROADCASTSS, input(row), x(row));
      for (int v = 0; v < VECTORS; v++) {
        a.emit(Instruction.VFMADD231PS, sum(row, v), panel(v), input(row));
      }
    }
    a.emit(Arithmetic.ADD, RAX, PagedCache.PANEL * kind.bytes);
    a.emit(Arithmetic.ADD, R8, Float.BYTES);
    if (kind == PanelKind.QUANTIZED_VALUES) {
      a.emit(Arithmetic.ADD, R14, Float.BYTES);
    }
    a.dec(count);
    a.jcc(Condition.NOT_EQUAL, loop);
  }

  private void load(VectorRegister to, Memory values, int v) {
    switch (kind) {
      case FLOATS -> a.emit(Instruction.VMOVUPS, to, values);
      case HALVES -> a.emit(Instruction.VCVTPH2PS, to, values);
      case QUANTIZED_KEYS, QUANTIZED_VALUES -> {
        a.emit(Instruction.VPMOVSXBD, to, values);
        a.emit(Instruction.VCVTDQ2PS, to, to);
        boolean keys = kind == PanelKind.QUANTIZED_KEYS;
        a.emit(Instruction.VMULPS, to, to, keys ? scales(v) : Memory.at(R14).toAll());
      }
    }
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

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

import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.machinecode.Assembler.Arithmetic;
import dev.coterie.runtime.cpu.machinecode.Assembler.Hint;
import java.util.List;

/**
 * Products of packed weights with a tile of quantized rows.
 *
 * <pre>
 * void tiles(char *w, long wOffset, long wGroup, char *x, long xOffset, long xTile,
 *     float *y, long yOffset, long yRow, long blocks, long tiles, long columns)
 * </pre>
 *
 * A column is one or two row groups, {@code wGroup} bytes apart, in one or two vectors of outputs.
 * For each column and each tile of rows, {@code xTile} bytes apart, {@code y[r, o] += Σ over blocks
 * of d_w[o] · d_x[r] · Σ over inputs of code_w · code_x}; rows of y are {@code yRow} bytes apart.
 *
 * <p>The instruction that sums products of four bytes takes unsigned codes on one side. Weights are
 * made unsigned by adding 8 or 128, and the sums begin with as many times the negated sum of the
 * activations, so that they are exact. Sums of a block are integers in registers; those over blocks
 * are floats, in registers too if there is room, else on the stack.
 */
final class TileCode {
  private static final List<Gpr> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);

  /** The blocks between the one that is multiplied and the one that is fetched meanwhile. */
  private static final int BLOCKS_AHEAD = 16;

  private static final int MOST_ROWS_OF_ONE_STREAM = 8;

  private final Assembler a = new Assembler();
  private final InstructionSet set;
  private final int bits;
  private final Layout layout;
  private final int rows;
  private final Panel panel;
  private final int groups; // a column's
  private final int vectors; // a column's
  private final boolean floatsInRegisters;

  private TileCode(InstructionSet set, Layout layout, int rows, Panel panel) {
    this.set = set;
    bits = set.bits;
    this.layout = layout;
    this.rows = rows;
    this.panel = panel;
    groups = groups(set, rows);
    vectors = groups * 512 / bits;
    floatsInRegisters = 2 * vectors * rows <= sums();
  }

  /** The most rows that a tile can have. */
  static int mostRows(InstructionSet set) {
    return set.bits == 512 ? 12 : 4;
  }

  /** The row groups of a column. Few rows wait for memory, which is read best in one stream. */
  static int groups(InstructionSet set, int rows) {
    return set.bits == 512 && rows > MOST_ROWS_OF_ONE_STREAM ? 2 : 1;
  }

  /** Whether there is code for a layout. */
  static boolean supports(Layout layout) {
    return layout == Layout.NIBBLE || layout == Layout.BYTE;
  }

  static byte[] assemble(InstructionSet set, Layout layout, int rows, Panel panel) {
    return new TileCode(set, layout, rows, panel).assemble();
  }

  // registers

  private int sums() {
    return 2 * mostRows(set);
  }

  private VectorRegister sum(int row, int v) {
    return VectorRegister.of(vectors * row + v, bits);
  }

  private VectorRegister total(int row, int v) {
    return VectorRegister.of(vectors * (rows + row) + v, bits);
  }

  private VectorRegister other(int i) {
    return VectorRegister.of(sums() + i, bits);
  }

  /** Weights as they lie in memory; at a block's end their scales. */
  private VectorRegister packed(int v) {
    return other(v);
  }

  private VectorRegister codes(int v) {
    return other(2 + v);
  }

  /** Activations for all lanes. */
  private VectorRegister activations() {
    return other(4);
  }

  private VectorRegister constant() {
    return other(5);
  }

  private VectorRegister temporary() {
    return other(6);
  }

  /** Words of 1, where there is no VNNI. */
  private VectorRegister ones() {
    return other(7);
  }

  // addresses

  /** Where a vector of the block's weights lies. */
  private Memory weights(int v, int offset, int halfBytes) {
    return bits == 512
        ? Memory.at(v == 0 ? RAX : RBX, offset)
        : Memory.at(RAX, offset + v * halfBytes);
  }

  private Memory saved(int row, int v) {
    return Memory.at(RSP, (vectors * row + v) * bits / 8);
  }

  private static Memory argument(int i) {
    return Memory.at(RBP, 8 * (SAVED.size() + 1 + i));
  }

  private byte[] assemble() {
    SAVED.forEach(a::push);
    a.mov(RBP, RSP);
    if (!floatsInRegisters) {
      a.emit(Arithmetic.SUB, RSP, vectors * rows * bits / 8);
      a.emit(Arithmetic.AND, RSP, -64);
    }
    a.emit(Arithmetic.ADD, RDI, RSI); // the column's weights
    a.emit(Arithmetic.ADD, RCX, R8); // the first tile of x
    a.mov(R12, argument(0));
    a.emit(Arithmetic.ADD, R12, argument(1)); // the column's first tile of y
    a.mov(R13, argument(2)); // from row to row of y
    a.mov(R15, argument(5));
    constants();
    Label column = new Label();
    Label tile = new Label();
    a.bind(column);
    a.mov(R8, RCX);
    a.mov(RSI, R12);
    a.mov(R14, argument(4));
    a.bind(tile);
    tile();
    a.emit(Arithmetic.ADD, R8, R9);
    a.dec(R14);
    a.jcc(Condition.NOT_EQUAL, tile);
    a.lea(RDI, Memory.at(RDI, RDX, groups, 0));
    a.emit(Arithmetic.ADD, R12, vectors * bits / 8);
    a.dec(R15);
    a.jcc(Condition.NOT_EQUAL, column);
    a.vzeroupper();
    a.mov(RSP, RBP);
    SAVED.reversed().forEach(a::pop);
    a.ret();
    return a.assemble();
  }

  private void constants() {
    broadcast(constant(), layout == Layout.NIBBLE ? 0x0f0f0f0f : 0x80808080);
    if (set == InstructionSet.AVX2) {
      broadcast(ones(), 0x00010001);
    }
  }

  private void broadcast(VectorRegister to, int value) {
    a.mov(RAX.low(), value);
    a.emit(Instruction.VMOVD, to.as(128), RAX.low());
    a.emit(Instruction.VPBROADCASTD, to, to.as(128));
  }

  /** One tile of rows, from the block at rax, rbx and r8 on, to y at rsi; moves rsi on. */
  private void tile() {
    for (int row = 0; row < rows; row++) {
      for (int v = 0; v < vectors; v++) {
        VectorRegister zero = floatsInRegisters ? total(row, v) : temporary();
        if (floatsInRegisters || row + v == 0) {
          a.emit(bits == 512 ? Instruction.VPXORD : Instruction.VPXOR, zero, zero, zero);
        }
        if (!floatsInRegisters) {
          a.emit(Instruction.VMOVUPS, saved(row, v), zero);
        }
      }
    }
    a.mov(RAX, RDI);
    if (groups == 2) {
      a.lea(RBX, Memory.at(RDI, RDX, 1, 0));
    }
    a.mov(R10, R8);
    a.mov(R11, argument(3));
    Label block = new Label();
    a.bind(block);
    prefetch();
    beginSums();
    if (layout == Layout.NIBBLE) {
      nibbles();
    } else {
      bytes();
    }
    endSums();
    a.emit(Arithmetic.ADD, RAX, layout.tileBytes());
    if (groups == 2) {
      a.emit(Arithmetic.ADD, RBX, layout.tileBytes());
    }
    a.emit(Arithmetic.ADD, R10, panel.blockBytes());
    a.dec(R11);
    a.jcc(Condition.NOT_EQUAL, block);
    for (int row = 0; row < rows; row++) {
      for (int v = 0; v < vectors; v++) {
        Memory y = Memory.at(RSI, v * bits / 8);
        VectorRegister total = floatsInRegisters ? total(row, v) : temporary();
        if (!floatsInRegisters) {
          a.emit(Instruction.VMOVUPS, total, saved(row, v));
        }
        a.emit(Instruction.VADDPS, total, total, y);
        a.emit(Instruction.VMOVUPS, y, total);
      }
      a.emit(Arithmetic.ADD, RSI, R13);
    }
  }

  /** Fetches weights that are wanted some blocks later, beyond the last too. */
  private void prefetch() {
    int ahead = BLOCKS_AHEAD / groups * layout.tileBytes();
    for (int line = 0; line < layout.tileBytes(); line += 64) {
      for (int group = 0; group < groups; group++) {
        a.prefetch(Hint.T0, Memory.at(group == 0 ? RAX : RBX, ahead + line));
      }
    }
  }

  /** Sums begin with the correction for unsigned codes. */
  private void beginSums() {
    for (int row = 0; row < rows; row++) {
      VectorRegister first = sum(row, 0);
      if (signed()) {
        a.emit(Instruction.VPXOR, first, first, first);
      } else {
        a.emit(Instruction.VPBROADCASTD, first, Memory.at(R10, panel.sum(row)));
        a.emit(Instruction.VPSLLD, first, first, layout == Layout.NIBBLE ? 3 : 7);
      }
      if (vectors == 2) {
        a.emit(Instruction.VMOVUPS, sum(row, 1), first);
      }
    }
  }

  /** Whether codes keep their sign: without VNNI, sums of two products must fit in 16 bits. */
  private boolean signed() {
    return set == InstructionSet.AVX2 && layout == Layout.BYTE;
  }

  private void nibbles() {
    Instruction and = bits == 512 ? Instruction.VPANDD : Instruction.VPAND;
    for (int j = 0; j < 4; j++) {
      for (int v = 0; v < vectors; v++) {
        a.emit(Instruction.VMOVUPS, packed(v), weights(v, 32 + 64 * j, 32));
        a.emit(and, codes(v), packed(v), constant());
      }
      products(2 * j);
      for (int v = 0; v < vectors; v++) {
        a.emit(Instruction.VPSRLD, packed(v), packed(v), 4);
        a.emit(and, codes(v), packed(v), constant());
      }
      products(2 * j + 1);
    }
  }

  private void bytes() {
    for (int j = 0; j < 8; j++) {
      for (int v = 0; v < vectors; v++) {
        Memory plane = weights(v, 32 + 64 * j, 32);
        if (signed()) {
          a.emit(Instruction.VMOVUPS, packed(v), plane);
          a.emit(Instruction.VPABSB, codes(v), packed(v));
        } else {
          Instruction xor = bits == 512 ? Instruction.VPXORD : Instruction.VPXOR;
          a.emit(xor, codes(v), constant(), plane);
        }
      }
      products(j);
    }
  }

  /** Adds the products of four inputs. */
  private void products(int step) {
    for (int row = 0; row < rows; row++) {
      VectorRegister x = activations();
      a.emit(Instruction.VPBROADCASTD, x, Memory.at(R10, panel.codes(row) + 4 * step));
      for (int v = 0; v < vectors; v++) {
        VectorRegister sum = sum(row, v);
        if (set != InstructionSet.AVX2) {
          a.emit(Instruction.VPDPBUSD, sum, codes(v), x);
          continue;
        }
        VectorRegister t = temporary();
        if (signed()) {
          a.emit(Instruction.VPSIGNB, t, x, packed(v));
        }
        a.emit(Instruction.VPMADDUBSW, t, codes(v), signed() ? t : x);
        a.emit(Instruction.VPMADDWD, t, t, ones());
        a.emit(Instruction.VPADDD, sum, sum, t);
      }
    }
  }

  /** Scales the sums of a block and adds them to those of the blocks before. */
  private void endSums() {
    for (int v = 0; v < vectors; v++) {
      a.emit(Instruction.VCVTPH2PS, packed(v), weights(v, 0, 16));
    }
    for (int row = 0; row < rows; row++) {
      a.emit(Instruction.VBROADCASTSS, activations(), Memory.at(R10, panel.scale(row)));
      for (int v = 0; v < vectors; v++) {
        VectorRegister sum = sum(row, v);
        VectorRegister scale = temporary();
        a.emit(Instruction.VCVTDQ2PS, sum, sum);
        a.emit(Instruction.VMULPS, scale, packed(v), activations());
        if (floatsInRegisters) {
          a.emit(Instruction.VFMADD231PS, total(row, v), sum, scale);
        } else {
          a.emit(Instruction.VFMADD213PS, sum, scale, saved(row, v));
          a.emit(Instruction.VMOVUPS, saved(row, v), sum);
        }
      }
    }
  }
}

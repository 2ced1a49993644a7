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
 *     float *y, long yOffset, long yRow, long blocks, long tiles, long columns, long accumulate)
 * </pre>
 *
 * A column is one or two row groups, {@code wGroup} bytes apart, in one or two vectors of outputs.
 * For each column and each tile of rows, {@code xTile} bytes apart, {@code y[r, o] = Σ w[o, i] ·
 * x[r, i]} over the inputs of {@code blocks} blocks, or as much is added to it; rows of y are
 * {@code yRow} bytes apart.
 */
final class TileCode {
  private static final List<Gpr> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);
  private static final int Y_ROW = 2;
  private static final int BLOCKS = 3;
  private static final int TILES = 4;
  private static final int COLUMNS = 5;
  private static final int ACCUMULATE = 6;

  /** The blocks of a tile of 256 inputs. */
  private static final int SUPER_BLOCK = 256 / Panel.BLOCK;

  /** The blocks between the one that is multiplied and the one that is fetched meanwhile. */
  private static final int BLOCKS_AHEAD = 16;

  private final Assembler a = new Assembler();
  private final TileRegisters r;
  private final Panel panel;
  private final BlockCode block;
  private final int head;
  private final int blockBytes;

  private TileCode(InstructionSet set, Layout layout, int rows) {
    r = new TileRegisters(set, rows);
    panel = new Panel(rows);
    block = new BlockCode(a, r, layout, panel);
    head = BlockCode.headBytes(layout);
    blockBytes = BlockCode.blockBytes(layout);
  }

  static byte[] assemble(InstructionSet set, Layout layout, int rows) {
    return new TileCode(set, layout, rows).assemble();
  }

  /** The arguments on the stack, which the callee may change. */
  private static Memory argument(int i) {
    return Memory.at(RBP, 8 * (SAVED.size() + 1 + i));
  }

  private byte[] assemble() {
    SAVED.forEach(a::push);
    a.mov(RBP, RSP);
    if (r.savedBytes() > 0) {
      a.emit(Arithmetic.SUB, RSP, r.savedBytes());
      a.emit(Arithmetic.AND, RSP, -64);
    }
    a.emit(Arithmetic.ADD, RDI, RSI); // the column's weights
    a.emit(Arithmetic.ADD, RCX, R8); // the first tile of x
    a.mov(R12, argument(0));
    a.emit(Arithmetic.ADD, R12, argument(1)); // the column's first tile of y
    block.constants();
    Label column = new Label();
    Label tile = new Label();
    a.bind(column);
    a.mov(R8, RCX);
    a.mov(RSI, R12);
    a.mov(R14, argument(TILES));
    a.bind(tile);
    tile();
    a.emit(Arithmetic.ADD, R8, R9);
    a.dec(R14);
    a.jcc(Condition.NOT_EQUAL, tile);
    a.lea(RDI, Memory.at(RDI, RDX, r.groups(), 0));
    a.emit(Arithmetic.ADD, R12, r.vectors() * r.bits() / 8);
    a.mov(RAX, argument(COLUMNS));
    a.dec(RAX);
    a.mov(argument(COLUMNS), RAX);
    a.jcc(Condition.NOT_EQUAL, column);
    a.vzeroupper();
    a.mov(RSP, RBP);
    SAVED.reversed().forEach(a::pop);
    a.ret();
    return a.assemble();
  }

  /** One tile of rows, from the weights at rdi and the rows at r8 to y at rsi; moves rsi on. */
  private void tile() {
    zero();
    a.mov(RAX, RDI);
    if (r.groups() == 2) {
      a.lea(RBX, Memory.at(RDI, RDX, 1, 0));
    }
    a.mov(R10, R8);
    a.mov(R11, argument(BLOCKS));
    Label next = new Label();
    if (head == 0) {
      a.bind(next);
      block();
    } else {
      a.shr(R11, Integer.numberOfTrailingZeros(SUPER_BLOCK));
      a.bind(next);
      superBlock();
    }
    a.dec(R11);
    a.jcc(Condition.NOT_EQUAL, next);
    Label add = new Label();
    Label end = new Label();
    a.mov(RAX, argument(ACCUMULATE));
    a.test(RAX, RAX);
    a.jcc(Condition.NOT_EQUAL, add);
    store(false);
    a.jmp(end);
    a.bind(add);
    store(true);
    a.bind(end);
  }

  private void zero() {
    for (int row = 0; row < r.rows(); row++) {
      for (int v = 0; v < r.vectors(); v++) {
        VectorRegister zero = r.floatsInRegisters() ? r.total(row, v) : r.temporary();
        if (r.floatsInRegisters() || row + v == 0) {
          a.emit(r.bits() == 512 ? Instruction.VPXORD : Instruction.VPXOR, zero, zero, zero);
        }
        if (!r.floatsInRegisters()) {
          a.emit(Instruction.VMOVUPS, r.saved(row, v), zero);
        }
      }
    }
  }

  private void superBlock() {
    a.mov(R13, RAX);
    advance(head);
    a.mov(R15, SUPER_BLOCK);
    Label next = new Label();
    a.bind(next);
    block();
    a.dec(R15);
    a.jcc(Condition.NOT_EQUAL, next);
  }

  private void block() {
    prefetch();
    block.emit();
    advance(blockBytes);
    a.emit(Arithmetic.ADD, R10, panel.blockBytes());
  }

  private void advance(int bytes) {
    a.emit(Arithmetic.ADD, RAX, bytes);
    if (r.groups() == 2) {
      a.emit(Arithmetic.ADD, RBX, bytes);
    }
  }

  /** Fetches weights that are wanted some blocks later, beyond the last too. */
  private void prefetch() {
    int ahead = BLOCKS_AHEAD / r.groups() * blockBytes;
    for (int line = 0; line < blockBytes; line += 64) {
      for (int group = 0; group < r.groups(); group++) {
        a.prefetch(Hint.T0, Memory.at(group == 0 ? RAX : RBX, ahead + line));
      }
    }
  }

  private void store(boolean accumulate) {
    for (int row = 0; row < r.rows(); row++) {
      for (int v = 0; v < r.vectors(); v++) {
        Memory y = Memory.at(RSI, v * r.bits() / 8);
        VectorRegister total = r.floatsInRegisters() ? r.total(row, v) : r.temporary();
        if (!r.floatsInRegisters()) {
          a.emit(Instruction.VMOVUPS, total, r.saved(row, v));
        }
        if (accumulate) {
          a.emit(Instruction.VADDPS, total, total, y);
        }
        a.emit(Instruction.VMOVUPS, y, total);
      }
      a.emit(Arithmetic.ADD, RSI, argument(Y_ROW));
    }
  }
}

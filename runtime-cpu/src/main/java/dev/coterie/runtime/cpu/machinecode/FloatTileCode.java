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
 * Products of packed weights with a tile of float rows.
 *
 * <pre>
 * void tiles(char *w, long wOffset, long wGroup, float *x, long xOffset, long xRow,
 *     float *y, long yOffset, long yRow, long inputs, long tiles, long columns)
 * </pre>
 *
 * A column is one or two row groups, {@code wGroup} bytes apart. For each column and each tile of
 * rows, {@code y[r, o] += Σ w[o, i] · x[r, i]} over the inputs; rows of x and y are {@code xRow}
 * and {@code yRow} bytes apart. Weights and inputs are floats throughout, and each weight is
 * brought to a register once for all rows of the tile.
 */
final class FloatTileCode {
  private static final List<Gpr> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);
  private static final int Y = 0;
  private static final int Y_OFFSET = 1;
  private static final int TILE = 1; // counts tiles where the offset of y was
  private static final int Y_ROW = 2;
  private static final int INPUTS = 3;
  private static final int TILES = 4;
  private static final int COLUMNS = 5;

  /** Multiples of a row's length, for rows that cannot be addressed with a smaller one. */
  private static final List<Gpr> ODD = List.of(R9, R10, R11, RBX, R12, R13);

  /** How many inputs are still to come, below the stack, where nobody else writes. */
  private static final Memory LEFT = Memory.at(RSP, -8);

  /** The inputs whose products are summed up before they are added to y. */
  private static final int BLOCK = 64;

  /** The inputs of a turn, where tiles of weights are not longer. */
  private static final int TURN = 8;

  /** The bytes between the weights that are multiplied and those that are fetched meanwhile. */
  private static final int AHEAD = 8192;

  private final Assembler a = new Assembler();
  private final FloatRegisters r;
  private final FloatWeights weights;
  private final Layout layout;
  private final boolean pairs;

  private FloatTileCode(InstructionSet set, Layout layout, int rows, boolean pairs) {
    r = new FloatRegisters(set, rows);
    weights = new FloatWeights(a, r, layout, pairs);
    this.layout = layout;
    this.pairs = pairs;
  }

  static byte[] assemble(InstructionSet set, Layout layout, int rows) {
    return new FloatTileCode(set, layout, rows, false).assemble();
  }

  /** For pairs of BF16 weights and of BF16 inputs, where the processor multiplies these. */
  static byte[] assemblePairs(int rows) {
    return new FloatTileCode(InstructionSet.AVX512_VNNI, Layout.FLOAT, rows, true).assemble();
  }

  /** The arguments on the stack, which the callee may change. */
  private static Memory argument(int i) {
    return Memory.at(RBP, 8 * (SAVED.size() + 1 + i));
  }

  /** An input of a row, counted from r8: rows lie at r9, times an odd number and a power of two. */
  private static Memory x(Gpr first, int row, int input) {
    if (row == 0) {
      return Memory.at(first, Float.BYTES * input);
    }
    int power = Integer.lowestOneBit(row);
    return Memory.at(first, ODD.get(row / power / 2), power, Float.BYTES * input);
  }

  private byte[] assemble() {
    SAVED.forEach(a::push);
    a.mov(RBP, RSP);
    a.emit(Arithmetic.ADD, RDI, RSI); // the column's weights
    a.emit(Arithmetic.ADD, RCX, R8); // the first tile of x
    a.mov(RAX, argument(Y_OFFSET));
    a.emit(Arithmetic.ADD, argument(Y), RAX); // the column's first tile of y
    for (int i = 1; i < ODD.size(); i++) {
      a.lea(ODD.get(i), Memory.at(ODD.get(i - 1), R9, 2, 0));
    }
    weights.constants();
    Label column = new Label();
    Label tile = new Label();
    a.bind(column);
    a.mov(R14, RCX);
    a.mov(RSI, argument(Y));
    a.mov(RAX, argument(TILES));
    a.mov(argument(TILE), RAX);
    a.bind(tile);
    tile();
    a.lea(R14, x(R14, r.rows(), 0));
    countDown(TILE, tile);
    a.lea(RDI, Memory.at(RDI, RDX, r.groups(), 0));
    a.mov(RAX, r.vectors() * r.bits() / 8);
    a.emit(Arithmetic.ADD, argument(Y), RAX);
    countDown(COLUMNS, column);
    a.vzeroupper();
    a.mov(RSP, RBP);
    SAVED.reversed().forEach(a::pop);
    a.ret();
    return a.assemble();
  }

  private void countDown(int argument, Label again) {
    a.mov(RAX, argument(argument));
    a.dec(RAX);
    a.mov(argument(argument), RAX);
    a.jcc(Condition.NOT_EQUAL, again);
  }

  /** One tile of rows, from the weights at rdi and the rows at r14 to y at rsi; moves rsi on. */
  private void tile() {
    a.mov(RAX, RDI);
    a.mov(R8, R14);
    a.mov(R15, argument(INPUTS));
    a.mov(LEFT, R15);
    Label end = new Label();
    if (r.parts() > 1) {
      severalBlocks();
      a.mov(R15, LEFT);
      a.test(R15, R15);
      a.jcc(Condition.EQUAL, end);
    }
    Label next = new Label();
    Label whole = new Label();
    a.bind(next);
    clear(1);
    a.mov(R15, LEFT);
    a.emit(Arithmetic.SUB, R15, BLOCK);
    a.mov(LEFT, R15);
    a.emit(Arithmetic.ADD, R15, BLOCK);
    a.emit(Arithmetic.CMP, R15, BLOCK);
    a.jcc(Condition.LESS_OR_EQUAL, whole);
    a.mov(R15, BLOCK);
    a.bind(whole);
    block();
    store(1);
    a.mov(R15, LEFT);
    a.test(R15, R15);
    a.jcc(Condition.GREATER, next);
    a.bind(end);
    for (int row = 0; row < r.rows(); row++) {
      a.emit(Arithmetic.ADD, RSI, argument(Y_ROW));
    }
  }

  /** Blocks side by side, as long as there are so many: a sum for each. */
  private void severalBlocks() {
    Label next = new Label();
    Label turn = new Label();
    Label end = new Label();
    a.bind(next);
    a.mov(R15, LEFT);
    a.emit(Arithmetic.SUB, R15, r.parts() * BLOCK);
    a.jcc(Condition.LESS, end);
    a.mov(LEFT, R15);
    clear(r.parts());
    a.mov(R15, BLOCK);
    a.bind(turn);
    turn(inputs(), r.parts());
    a.jcc(Condition.NOT_EQUAL, turn);
    a.emit(Arithmetic.ADD, RAX, bytes((r.parts() - 1) * BLOCK));
    a.emit(Arithmetic.ADD, R8, Float.BYTES * (r.parts() - 1) * BLOCK);
    store(r.parts());
    a.jmp(next);
    a.bind(end);
  }

  private void clear(int parts) {
    for (int part = 0; part < parts; part++) {
      for (int i = 0; i < r.rows() * r.vectors(); i++) {
        VectorRegister sum = r.sum(part, i / r.vectors(), i % r.vectors());
        a.emit(r.bits() == 512 ? Instruction.VPXORD : Instruction.VPXOR, sum, sum, sum);
      }
    }
  }

  /** The inputs of a turn. */
  private int inputs() {
    return Math.max(TURN, layout.tileColumns());
  }

  private int bytes(int inputs) {
    return inputs / layout.tileColumns() * layout.tileBytes();
  }

  /** As many inputs as r15 says: turns of several, and what is left one by one. */
  private void block() {
    Label next = new Label();
    Label rest = new Label();
    Label single = new Label();
    Label end = new Label();
    a.emit(Arithmetic.SUB, R15, inputs());
    a.jcc(Condition.LESS, rest);
    a.bind(next);
    turn(inputs(), 1);
    a.jcc(Condition.GREATER_OR_EQUAL, next);
    a.bind(rest);
    if (layout.tileColumns() == 1) {
      a.emit(Arithmetic.ADD, R15, inputs());
      a.jcc(Condition.EQUAL, end);
      a.bind(single);
      turn(1, 1);
      a.jcc(Condition.NOT_EQUAL, single);
    }
    a.bind(end);
  }

  /** The products of some inputs of each of some blocks; flags tell how many are left. */
  private void turn(int inputs, int parts) {
    for (int part = 0; part < parts; part++) {
      int first = part * BLOCK;
      if (inputs > 1) {
        prefetch(bytes(first), bytes(inputs));
      }
      weights.begin(first);
      for (int i = first; i < first + inputs; i++) {
        for (int v = 0; v < r.vectors(); v++) {
          weights.load(i, v);
        }
        products(i, part);
      }
    }
    a.emit(Arithmetic.ADD, RAX, bytes(inputs));
    a.emit(Arithmetic.ADD, R8, Float.BYTES * inputs);
    a.emit(Arithmetic.SUB, R15, inputs);
  }

  /** Adds the products of an input to the sums of a block. */
  private void products(int input, int part) {
    Instruction multiply = pairs ? Instruction.VDPBF16PS : Instruction.VFMADD231PS;
    for (int row = 0; row < r.rows(); row++) {
      Memory x = x(R8, row, input);
      if (r.bits() == 512 && r.vectors() == 1) {
        a.emit(multiply, r.sum(part, row, 0), r.weights(0), x.toAll());
        continue;
      }
      a.emit(Instruction.VBROADCASTSS, r.input(), x);
      for (int v = 0; v < r.vectors(); v++) {
        a.emit(multiply, r.sum(part, row, v), r.weights(v), r.input());
      }
    }
  }

  /** Fetches weights that are wanted later, beyond the last too. */
  private void prefetch(int from, int bytes) {
    for (int line = 0; line < bytes; line += 64) {
      for (int group = 0; group < r.groups(); group++) {
        int at = from + AHEAD / r.groups() + line;
        a.prefetch(Hint.T0, group == 0 ? Memory.at(RAX, at) : Memory.at(RAX, RDX, 1, at));
      }
    }
  }

  /** Adds the sums of blocks to y, in their order. */
  private void store(int parts) {
    a.mov(R15, RSI);
    for (int row = 0; row < r.rows(); row++) {
      for (int v = 0; v < r.vectors(); v++) {
        Memory y = Memory.at(R15, v * r.bits() / 8);
        VectorRegister total = r.sum(0, row, v);
        a.emit(Instruction.VADDPS, total, total, y);
        for (int part = 1; part < parts; part++) {
          a.emit(Instruction.VADDPS, total, total, r.sum(part, row, v));
        }
        a.emit(Instruction.VMOVUPS, y, total);
      }
      a.emit(Arithmetic.ADD, R15, argument(Y_ROW));
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static dev.coterie.runtime.cpu.machinecode.Gpr.R13;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RAX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RBX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RDX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RSP;

/**
 * Where {@link TileCode} and {@link BlockCode} keep what they work with: for each row and each
 * vector of outputs the integer sum of a block and the float sum of those before, the latter in
 * registers too if there is room, else on the stack; then some for a block's weights.
 *
 * @param set the instruction set
 * @param rows the rows of the tile
 */
record TileRegisters(InstructionSet set, int rows) {
  private static final int MOST_ROWS_OF_ONE_STREAM = 8;

  /** The most rows that a tile can have. */
  static int mostRows(InstructionSet set) {
    return switch (set) {
      case AVX512_VNNI -> 12;
      case AVX_VNNI -> 4;
      case AVX2 -> 3; // and two registers more for what VNNI does in one instruction
      case NONE -> 0;
    };
  }

  /** The row groups of a column. Few rows wait for memory, which is read best in one stream. */
  int groups() {
    return set.bits == 512 && rows > MOST_ROWS_OF_ONE_STREAM ? 2 : 1;
  }

  int bits() {
    return set.bits;
  }

  /** The vectors of outputs of a column. */
  int vectors() {
    return groups() * 512 / set.bits;
  }

  boolean floatsInRegisters() {
    return 2 * vectors() * rows <= sums();
  }

  private int sums() {
    return 2 * mostRows(set);
  }

  VectorRegister sum(int row, int v) {
    return VectorRegister.of(vectors() * row + v, set.bits);
  }

  VectorRegister total(int row, int v) {
    return VectorRegister.of(vectors() * (rows + row) + v, set.bits);
  }

  /** Where the float sum is if not in a register. */
  Memory saved(int row, int v) {
    return Memory.at(RSP, (vectors() * row + v) * set.bits / 8);
  }

  /** The bytes that float sums take on the stack. */
  int savedBytes() {
    return floatsInRegisters() ? 0 : vectors() * rows * set.bits / 8;
  }

  private VectorRegister other(int i) {
    return VectorRegister.of(sums() + i, set.bits);
  }

  /** Weights as they lie in memory; at a block's end their scales. */
  VectorRegister packed(int v) {
    return other(v);
  }

  /** Unsigned bytes; at a block's end minima. */
  VectorRegister codes(int v) {
    return other(2 + v);
  }

  /** Activations for all lanes. */
  VectorRegister activations() {
    return other(4);
  }

  /** The low half of each byte, or its highest bit. */
  VectorRegister lowBits() {
    return other(5);
  }

  VectorRegister temporary() {
    return other(6);
  }

  /** The bits of a byte that stand above its nibble. */
  VectorRegister highBits() {
    return other(7);
  }

  /** Words of 1, where there is no VNNI. */
  VectorRegister ones() {
    return other(8);
  }

  /** Where a vector of the block's weights lies: that of the first group, or what follows it. */
  Memory weights(int v, int offset, int bytesOfHalfAGroup) {
    return set.bits == 512
        ? Memory.at(v == 0 ? RAX : RBX, offset)
        : Memory.at(RAX, offset + v * bytesOfHalfAGroup);
  }

  /** The same in the tile of 256 inputs that the block is a part of. */
  Memory superBlock(int v, int offset, int bytesOfHalfAGroup) {
    if (set.bits < 512) {
      return Memory.at(R13, offset + v * bytesOfHalfAGroup);
    }
    return v == 0 ? Memory.at(R13, offset) : Memory.at(R13, RDX, 1, offset);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static dev.coterie.runtime.cpu.machinecode.Gpr.RAX;
import static dev.coterie.runtime.cpu.machinecode.Gpr.RDX;

/**
 * Where {@link FloatTileCode} and {@link FloatWeights} keep what they work with: sums for each row
 * and each vector of outputs, then the weights of an input and what brings them to floats.
 *
 * @param set the instruction set
 * @param rows the rows of the tile
 */
record FloatRegisters(InstructionSet set, int rows) {
  /** The most rows of a tile of one group. */
  static final int MOST_ROWS_OF_ONE_STREAM = 8;

  /** The most rows that a tile can have. */
  static int mostRows(InstructionSet set) {
    return set.bits == 512 ? 12 : 4;
  }

  int bits() {
    return set.bits;
  }

  /** The row groups of a column. Few rows wait for memory, which is read best in one stream. */
  int groups() {
    return set.bits == 512 && rows > MOST_ROWS_OF_ONE_STREAM ? 2 : 1;
  }

  /** The vectors of outputs of a column. */
  int vectors() {
    return groups() * 512 / set.bits;
  }

  /** The blocks of inputs that are summed up side by side, where there are registers for it. */
  int parts() {
    return Math.min(2, sums() / (vectors() * rows));
  }

  private int sums() {
    return set.bits == 512 ? 24 : 8;
  }

  VectorRegister sum(int part, int row, int v) {
    return VectorRegister.of((part * rows + row) * vectors() + v, set.bits);
  }

  private VectorRegister other(int i) {
    return VectorRegister.of(sums() + i, set.bits);
  }

  /** The weights of an input. */
  VectorRegister weights(int v) {
    return other(v);
  }

  /** The input of a row, for all lanes. */
  VectorRegister input() {
    return other(2);
  }

  /** Scales of weights. */
  VectorRegister scale(int v) {
    return other(3 + v);
  }

  /** The bits that a weight fills of a float, or its sign; of pairs, where their words go. */
  VectorRegister mask() {
    return other(5);
  }

  /** What the float of those bits has to be multiplied with. */
  VectorRegister factor() {
    return other(6);
  }

  /** Floats by their codes, which need no factor. */
  VectorRegister table() {
    return other(6);
  }

  /** The least scale, where scales are powers of two. */
  VectorRegister least() {
    return other(7);
  }

  /** Where a vector of weights lies: that of the first group, or what follows it. */
  Memory memory(int v, int offset, int bytesOfHalfAGroup) {
    if (set.bits < 512) {
      return Memory.at(RAX, offset + v * bytesOfHalfAGroup);
    }
    return v == 0 ? Memory.at(RAX, offset) : Memory.at(RAX, RDX, 1, offset);
  }
}

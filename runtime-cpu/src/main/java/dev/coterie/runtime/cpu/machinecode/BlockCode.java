// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static dev.coterie.runtime.cpu.machinecode.Gpr.R10;

import dev.coterie.runtime.cpu.Layout;

/**
 * Products of one block of 32 inputs, from the weights at rax and rbx and the activations at r10.
 *
 * <p>The instruction that sums products of four bytes takes unsigned codes on one side. Weights are
 * unsigned as they lie, or made so by adding 128, and the sums begin with as many times the negated
 * sum of the activations as the codes are too great, so that they are exact.
 */
final class BlockCode {
  private static final int PLANE_BYTES = 64;

  /** {@code a | b & c}, as the truth table of a ternary operation. */
  private static final int OR_AND = 0xf8;

  private final Assembler a;
  private final TileRegisters r;
  private final Layout layout;
  private final Panel panel;
  private final int vectors;
  private final boolean wide;

  BlockCode(Assembler a, TileRegisters registers, Layout layout, Panel panel) {
    this.a = a;
    r = registers;
    this.layout = layout;
    this.panel = panel;
    vectors = registers.vectors();
    wide = registers.bits() == 512;
  }

  /** Whether there is code for a layout. */
  static boolean supports(Layout layout) {
    return switch (layout) {
      case NIBBLE, NIBBLE_MIN, NIBBLE_K, FIVE, FIVE_MIN, FIVE_K, SIX_K, BYTE, BYTE_SCALED -> true;
      case EIGHT_FLOAT, FOUR_FLOAT, HALF, BFLOAT, FLOAT -> false;
    };
  }

  /** The bytes before the first of the blocks of a tile of 256 inputs; 0 for other layouts. */
  static int headBytes(Layout layout) {
    return switch (layout) {
      case NIBBLE_K, FIVE_K -> 64;
      case SIX_K -> 32;
      default -> 0;
    };
  }

  /** From a block to the next. */
  static int blockBytes(Layout layout) {
    int blocks = layout.tileColumns() / Panel.BLOCK;
    return (layout.tileBytes() - headBytes(layout)) / blocks;
  }

  /** Loads constants; takes rax. */
  void constants() {
    broadcast(r.lowBits(), bytes() ? 0x80808080 : 0x0f0f0f0f);
    switch (layout) {
      case FIVE, FIVE_MIN, FIVE_K -> broadcast(r.highBits(), 0x10101010);
      case SIX_K -> broadcast(r.highBits(), 0x30303030);
      default -> {}
    }
    if (r.set() == InstructionSet.AVX2) {
      broadcast(r.ones(), 0x00010001);
    }
  }

  private void broadcast(VectorRegister to, int value) {
    a.mov(Gpr.RAX.low(), value);
    a.emit(Instruction.VMOVD, to.as(128), Gpr.RAX.low());
    a.emit(Instruction.VPBROADCASTD, to, to.as(128));
  }

  /** The whole block. */
  void emit() {
    int parts = halves() ? 2 : 1;
    int steps = 8 / parts;
    for (int part = 0; part < parts; part++) {
      beginSums(part);
      for (int step = part * steps; step < (part + 1) * steps; step++) {
        unpack(step);
        products(step);
      }
      scales(part);
      endSums(part);
    }
  }

  /** Whether each half of a block has scales of its own. */
  private boolean halves() {
    return layout == Layout.SIX_K || layout == Layout.BYTE_SCALED;
  }

  /** Whether codes lie as bytes. */
  private boolean bytes() {
    return layout == Layout.BYTE || layout == Layout.BYTE_SCALED;
  }

  /** Whether codes keep their sign: without VNNI, sums of two products must fit in 16 bits. */
  private boolean signed() {
    return r.set() == InstructionSet.AVX2 && bytes();
  }

  /** How much codes are too great: 0 or a power of two. */
  private int zero() {
    return switch (layout) {
      case NIBBLE -> 8;
      case FIVE -> 16;
      case SIX_K -> 32;
      case BYTE, BYTE_SCALED -> signed() ? 0 : 128;
      default -> 0;
    };
  }

  private void beginSums(int half) {
    for (int row = 0; row < r.rows(); row++) {
      VectorRegister first = r.sum(row, 0);
      if (zero() == 0) {
        a.emit(wide ? Instruction.VPXORD : Instruction.VPXOR, first, first, first);
      } else {
        negatedSum(first, row, half);
        a.emit(Instruction.VPSLLD, first, first, Integer.numberOfTrailingZeros(zero()));
      }
      if (vectors == 2) {
        a.emit(Instruction.VMOVUPS, r.sum(row, 1), first);
      }
    }
  }

  /** The negated sum of the activations that a row's sums are about, as integers. */
  private void negatedSum(VectorRegister to, int row, int half) {
    int sum = halves() && half == 0 ? panel.firstSum(row) : panel.sum(row);
    a.emit(Instruction.VPBROADCASTD, to, Memory.at(R10, sum));
    if (half == 1) {
      VectorRegister t = r.temporary();
      a.emit(Instruction.VPBROADCASTD, t, Memory.at(R10, panel.firstSum(row)));
      a.emit(Instruction.VPSUBD, to, to, t);
    }
  }

  /** Where the codes begin. */
  private int codesAt() {
    return switch (layout) {
      case BYTE_SCALED -> 256;
      case NIBBLE_MIN, FIVE_MIN -> 64;
      default -> 32;
    };
  }

  /** Brings the codes of four inputs to bytes. */
  private void unpack(int step) {
    for (int v = 0; v < vectors; v++) {
      if (bytes()) {
        bytes(step, v);
      } else {
        nibbles(step, v);
        highBits(step, v);
      }
    }
  }

  private void bytes(int step, int v) {
    Memory plane = r.weights(v, codesAt() + PLANE_BYTES * step, PLANE_BYTES / 2);
    if (signed()) {
      a.emit(Instruction.VMOVUPS, r.packed(v), plane);
      a.emit(Instruction.VPABSB, r.codes(v), r.packed(v));
    } else {
      a.emit(wide ? Instruction.VPXORD : Instruction.VPXOR, r.codes(v), r.lowBits(), plane);
    }
  }

  /** A plane holds eight inputs: four in low halves of bytes, then four in high ones. */
  private void nibbles(int step, int v) {
    VectorRegister packed = r.packed(v);
    if (step % 2 == 0) {
      int at = codesAt() + PLANE_BYTES * (step / 2);
      a.emit(Instruction.VMOVUPS, packed, r.weights(v, at, PLANE_BYTES / 2));
    } else {
      a.emit(Instruction.VPSRLD, packed, packed, 4);
    }
    a.emit(wide ? Instruction.VPANDD : Instruction.VPAND, r.codes(v), packed, r.lowBits());
  }

  /** Bits above the nibbles, which lie in planes after them. */
  private void highBits(int step, int v) {
    int perStep =
        switch (layout) {
          case FIVE, FIVE_MIN, FIVE_K -> 1;
          case SIX_K -> 2;
          default -> 0;
        };
    if (perStep == 0) {
      return;
    }
    int steps = 8 / perStep; // of a plane
    VectorRegister t = r.temporary();
    int at = codesAt() + PLANE_BYTES * (4 + step / steps);
    a.emit(Instruction.VMOVUPS, t, r.weights(v, at, PLANE_BYTES / 2));
    int left = 4 - perStep * (step % steps);
    if (left != 0) {
      Instruction shift = left > 0 ? Instruction.VPSLLD : Instruction.VPSRLD;
      a.emit(shift, t, t, Math.abs(left));
    }
    VectorRegister codes = r.codes(v);
    if (wide) {
      a.emit(Instruction.VPTERNLOGD, codes, t, r.highBits(), OR_AND);
    } else {
      a.emit(Instruction.VPAND, t, t, r.highBits());
      a.emit(Instruction.VPOR, codes, codes, t);
    }
  }

  /** Adds the products of four inputs. */
  private void products(int step) {
    for (int row = 0; row < r.rows(); row++) {
      VectorRegister x = r.activations();
      a.emit(Instruction.VPBROADCASTD, x, Memory.at(R10, panel.codes(row) + 4 * step));
      for (int v = 0; v < vectors; v++) {
        VectorRegister sum = r.sum(row, v);
        if (r.set() != InstructionSet.AVX2) {
          a.emit(Instruction.VPDPBUSD, sum, r.codes(v), x);
          continue;
        }
        VectorRegister t = r.temporary();
        if (signed()) {
          a.emit(Instruction.VPSIGNB, t, x, r.packed(v));
        }
        a.emit(Instruction.VPMADDUBSW, t, r.codes(v), signed() ? t : x);
        a.emit(Instruction.VPMADDWD, t, t, r.ones());
        a.emit(Instruction.VPADDD, sum, sum, t);
      }
    }
  }

  /** Brings scales to {@code packed} and minima to {@code codes}. */
  private void scales(int half) {
    for (int v = 0; v < vectors; v++) {
      VectorRegister scale = r.packed(v);
      VectorRegister minimum = r.codes(v);
      switch (layout) {
        case NIBBLE_MIN, FIVE_MIN -> {
          a.emit(Instruction.VCVTPH2PS, scale, r.weights(v, 0, 16));
          a.emit(Instruction.VCVTPH2PS, minimum, r.weights(v, 32, 16));
        }
        case NIBBLE_K, FIVE_K -> {
          product(scale, r.superBlock(v, 0, 16), Instruction.VPMOVZXBD, r.weights(v, 0, 8));
          product(minimum, r.superBlock(v, 32, 16), Instruction.VPMOVZXBD, r.weights(v, 16, 8));
        }
        case SIX_K ->
            product(
                scale, r.superBlock(v, 0, 16), Instruction.VPMOVSXBD, r.weights(v, 16 * half, 8));
        case BYTE_SCALED -> {
          a.emit(Instruction.VMOVUPS, scale, r.weights(v, 128 * half, 32));
          a.emit(Instruction.VMOVUPS, minimum, r.weights(v, 128 * half + 64, 32));
        }
        default -> a.emit(Instruction.VCVTPH2PS, scale, r.weights(v, 0, 16));
      }
    }
  }

  /** Halves times bytes. */
  private void product(VectorRegister to, Memory halves, Instruction widen, Memory bytes) {
    VectorRegister t = r.temporary();
    a.emit(widen, t, bytes);
    a.emit(Instruction.VCVTDQ2PS, t, t);
    a.emit(Instruction.VCVTPH2PS, to, halves);
    a.emit(Instruction.VMULPS, to, to, t);
  }

  /** How minima count. */
  private Instruction addMinimum() {
    return switch (layout) {
      case NIBBLE_MIN, FIVE_MIN -> Instruction.VFMADD231PS;
      default -> Instruction.VFNMADD231PS; // they are negated, or the activations are
    };
  }

  /** Whether weights have a minimum, whose scale follows that of the codes. */
  private static boolean hasMinima(Layout layout) {
    return switch (layout) {
      case NIBBLE_MIN, FIVE_MIN, NIBBLE_K, FIVE_K, BYTE_SCALED -> true;
      default -> false;
    };
  }

  /** Scales the sums of a block and adds them to those of the blocks before. */
  private void endSums(int half) {
    boolean inRegisters = r.floatsInRegisters();
    for (int row = 0; row < r.rows(); row++) {
      VectorRegister x = r.activations();
      a.emit(Instruction.VBROADCASTSS, x, Memory.at(R10, panel.scale(row)));
      for (int v = 0; v < vectors; v++) {
        VectorRegister sum = r.sum(row, v);
        VectorRegister scale = r.temporary();
        a.emit(Instruction.VCVTDQ2PS, sum, sum);
        a.emit(Instruction.VMULPS, scale, r.packed(v), x);
        if (inRegisters) {
          a.emit(Instruction.VFMADD231PS, r.total(row, v), sum, scale);
        } else {
          a.emit(Instruction.VFMADD213PS, sum, scale, r.saved(row, v));
        }
      }
      if (layout == Layout.BYTE_SCALED) {
        VectorRegister t = r.temporary();
        negatedSum(x, row, half);
        a.emit(Instruction.VCVTDQ2PS, x, x);
        a.emit(Instruction.VBROADCASTSS, t, Memory.at(R10, panel.scale(row)));
        a.emit(Instruction.VMULPS, x, x, t);
      } else if (hasMinima(layout)) {
        a.emit(Instruction.VBROADCASTSS, x, Memory.at(R10, panel.total(row)));
      }
      for (int v = 0; v < vectors; v++) {
        VectorRegister total = inRegisters ? r.total(row, v) : r.sum(row, v);
        if (hasMinima(layout)) {
          a.emit(addMinimum(), total, r.codes(v), x);
        }
        if (!inRegisters) {
          a.emit(Instruction.VMOVUPS, r.saved(row, v), total);
        }
      }
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.runtime.cpu.Layout;

/** How the weights of an input, which lie at rax, come to registers as floats. */
final class FloatWeights {
  /** The bits of an E4M3 float that was shifted to the top of a word and by four back down. */
  private static final int E4M3 = 0x87f00000;

  /** Such bits are the float of a value divided by this. */
  private static final float E4M3_BIAS = 0x1p120f;

  /** E2M1 floats by their lower three bits; the fourth is the sign. */
  private static final float[] E2M1 = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};

  private static final int SIGN = 0x80000000;

  /** 2^-127, which E8M0 writes as 0. */
  private static final int LEAST_SCALE = 0x00400000;

  private static final int PLANE_BYTES = 64;

  private static final int WORDS = 32; // of a vector

  private final Assembler a;
  private final FloatRegisters r;
  private final Layout layout;
  private final boolean pairs;

  /**
   * For a layout.
   *
   * @param pairs whether BF16 weights of two inputs stay as they are, side by side in a lane
   */
  FloatWeights(Assembler a, FloatRegisters registers, Layout layout, boolean pairs) {
    this.a = a;
    r = registers;
    this.layout = layout;
    this.pairs = pairs;
  }

  /** Whether there is code for a layout. */
  static boolean supports(Layout layout) {
    return switch (layout) {
      case HALF, BFLOAT, FLOAT, EIGHT_FLOAT, FOUR_FLOAT -> true;
      default -> false;
    };
  }

  /** Loads constants; takes rax. */
  void constants() {
    if (layout == Layout.EIGHT_FLOAT) {
      broadcast(r.mask(), E4M3);
      broadcast(r.factor(), Float.floatToRawIntBits(E4M3_BIAS));
    }
    if (layout == Layout.FOUR_FLOAT) {
      table();
      broadcast(r.mask(), SIGN);
      broadcast(r.least(), LEAST_SCALE);
    }
    if (pairs) {
      for (int i = 0; i < WORDS; i += 4) { // a word of the first input, then one of the second
        long first = i / 2;
        long second = first + WORDS / 2;
        a.mov(Gpr.RAX, first | second << 16 | first + 1 << 32 | second + 1 << 48);
        a.mov(Memory.at(Gpr.RSP, 2 * (i - WORDS)), Gpr.RAX); // where nobody else writes
      }
      a.emit(Instruction.VMOVUPS, r.mask(), Memory.at(Gpr.RSP, -2 * WORDS));
    }
  }

  /** The 16 floats of 4 bits, or the 8 without a sign that smaller vectors have room for. */
  private void table() {
    for (int i = 0; i < r.bits() / 32; i += 2) {
      int sign = i < E2M1.length ? 0 : SIGN;
      long first = Float.floatToRawIntBits(E2M1[i % E2M1.length]) | sign;
      long second = Float.floatToRawIntBits(E2M1[i % E2M1.length + 1]) | sign;
      a.mov(Gpr.RAX, second << 32 | first & 0xffffffffL);
      a.mov(Memory.at(Gpr.RSP, Float.BYTES * (i - 16)), Gpr.RAX); // where nobody else writes
    }
    a.emit(Instruction.VMOVUPS, r.table(), Memory.at(Gpr.RSP, -Float.BYTES * 16));
  }

  private void broadcast(VectorRegister to, int value) {
    a.mov(Gpr.RAX.low(), value);
    a.emit(Instruction.VMOVD, to.as(128), Gpr.RAX.low());
    a.emit(Instruction.VPBROADCASTD, to, to.as(128));
  }

  /** Begins the tile of weights of an input, counted from rax. */
  void begin(int input) {
    for (int v = 0; v < r.vectors(); v++) {
      VectorRegister scale = r.scale(v);
      switch (layout) {
        case EIGHT_FLOAT ->
            a.emit(Instruction.VMOVUPS, scale, r.memory(v, tile(input), PLANE_BYTES / 2));
        case FOUR_FLOAT -> {
          a.emit(Instruction.VPMOVZXBD, scale, r.memory(v, tile(input), 8));
          a.emit(Instruction.VPSLLD, scale, scale, 23);
          a.emit(Instruction.VPMAXSD, scale, scale, r.least());
        }
        default -> {}
      }
    }
  }

  private int tile(int input) {
    return input / layout.tileColumns() * layout.tileBytes();
  }

  /** Loads a vector of the weights of an input, or of a pair of them, counted from rax. */
  void load(int input, int v) {
    VectorRegister w = r.weights(v);
    if (pairs) {
      a.emit(Instruction.VPERMW, w, r.mask(), r.memory(v, 64 * input, 0));
      return;
    }
    switch (layout) {
      case HALF -> a.emit(Instruction.VCVTPH2PS, w, r.memory(v, 32 * input, 16));
      case BFLOAT -> {
        a.emit(Instruction.VPMOVZXWD, w, r.memory(v, 32 * input, 16));
        a.emit(Instruction.VPSLLD, w, w, 16);
      }
      case FLOAT -> a.emit(Instruction.VMOVUPS, w, r.memory(v, 64 * input, 32));
      case EIGHT_FLOAT -> {
        int plane = tile(input) + PLANE_BYTES * (1 + input % layout.tileColumns() / 4);
        a.emit(Instruction.VMOVUPS, w, r.memory(v, plane, PLANE_BYTES / 2));
        int left = 24 - 8 * (input % 4);
        if (left > 0) {
          a.emit(Instruction.VPSLLD, w, w, left);
        }
        a.emit(Instruction.VPSRAD, w, w, 4);
        a.emit(r.bits() == 512 ? Instruction.VPANDD : Instruction.VPAND, w, w, r.mask());
        a.emit(Instruction.VMULPS, w, w, r.factor());
        a.emit(Instruction.VMULPS, w, w, r.scale(v));
      }
      case FOUR_FLOAT -> {
        int in = input % layout.tileColumns();
        int plane = tile(input) + Layout.GROUP_ROWS + PLANE_BYTES * (in / 8);
        int right = 8 * (in % 4) + 4 * (in / 4 % 2);
        fourBits(w, r.memory(v, plane, PLANE_BYTES / 2), right);
        a.emit(Instruction.VMULPS, w, w, r.scale(v));
      }
      default -> throw new AssertionError(layout);
    }
  }

  /** Looks up the codes that lie some bits from the right; an index's upper bits do not count. */
  private void fourBits(VectorRegister w, Memory plane, int right) {
    if (r.bits() == 512) {
      if (right == 0) {
        a.emit(Instruction.VMOVUPS, w, plane);
      } else {
        a.emit(Instruction.VPSRLD, w, plane, right);
      }
      a.emit(Instruction.VPERMPS, w, w, r.table());
      return;
    }
    VectorRegister sign = r.input(); // free until the weights are there
    a.emit(Instruction.VMOVUPS, w, plane);
    a.emit(Instruction.VPSLLD, sign, w, 28 - right);
    a.emit(Instruction.VPAND, sign, sign, r.mask());
    a.emit(Instruction.VPSRLD, w, w, right);
    a.emit(Instruction.VPERMPS, w, w, r.table());
    a.emit(Instruction.VPXOR, w, w, sign);
  }
}

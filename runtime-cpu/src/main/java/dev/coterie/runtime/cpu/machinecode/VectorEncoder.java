// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

/**
 * Encodes vector instructions: with VEX where that can say it, else with EVEX, which has 32
 * registers, 512 bits, masks, broadcasts and displacements in units of the operand.
 */
final class VectorEncoder {
  private final Code code;

  VectorEncoder(Code code) {
    this.code = code;
  }

  /**
   * Encodes one instruction without its immediate.
   *
   * @param target what it writes, which may carry a mask
   * @param reg the number in the field {@code reg}: a register or an opcode's extension
   * @param vvvv the number in the field {@code vvvv}; 0 if it is not used
   * @param bits how long vectors are
   */
  void encode(
      Instruction op, int opcode, Operand target, int reg, int vvvv, Operand.Rm rm, int bits) {
    check(op, rm, bits);
    int mask = 0;
    boolean zeroing = false;
    if (target instanceof VectorRegister r) {
      mask = r.mask();
      zeroing = r.zeroing();
    } else if (target instanceof Memory m) {
      mask = m.mask();
    }
    boolean broadcast = rm instanceof Memory m && m.broadcast();
    boolean evex =
        bits == 512
            || mask != 0
            || broadcast
            || reg > 15
            || vvvv > 15
            || rm instanceof VectorRegister r && r.number() > 15
            || rm instanceof Gpr && op.general >= 0
            || rm instanceof Memory && op.form == Instruction.Form.VMI;
    switch (op.encoding) {
      case VEX -> {
        if (evex) {
          throw refused(op, "registers 0 to 15 of at most 256 bits and no masks (VEX only)");
        }
      }
      case EVEX -> evex = true;
      case BOTH -> {}
    }
    if (evex) {
      evex(op, opcode, reg, vvvv, rm, bits, mask, zeroing, broadcast);
    } else {
      vex(op, opcode, reg, vvvv, rm, bits);
    }
  }

  private static void check(Instruction op, Operand.Rm rm, int bits) {
    if (bits < op.leastBits()) {
      throw refused(op, "vectors of " + op.leastBits() + " bits at least, found " + bits);
    }
    switch (rm) {
      case VectorRegister r -> {
        if (r.bits() != op.tuple.registerBits(bits) || op.tuple == Tuple.GENERAL) {
          throw refused(op, "a source of " + op.tuple.registerBits(bits) + " bits, found " + r);
        }
      }
      case Gpr r -> {
        if (r.bits() != 32 || op.tuple != Tuple.GENERAL && op.general < 0) {
          throw refused(op, "a vector or a register of 32 bits, found " + r);
        }
      }
      case Memory m -> {
        if (m.broadcast() && op.tuple != Tuple.FULL) {
          throw refused(op, "no broadcast");
        }
      }
    }
  }

  static IllegalArgumentException refused(Instruction op, String expected) {
    return new IllegalArgumentException(op.name() + ": expected " + expected);
  }

  private static int bit3(int number) {
    return number >> 3 & 1;
  }

  /** Bit 3 of the register in {@code rm} or of the base. */
  private static int bit3(Operand.Rm rm) {
    return switch (rm) {
      case Gpr r -> bit3(r.number());
      case VectorRegister r -> bit3(r.number());
      case Memory m -> m.base() == null ? 0 : bit3(m.base().number());
    };
  }

  private static int indexBit3(Operand.Rm rm) {
    return rm instanceof Memory m && m.index() != null ? bit3(m.index().number()) : 0;
  }

  private void vex(Instruction op, int opcode, int reg, int vvvv, Operand.Rm rm, int bits) {
    int length = bits == 256 ? 1 : 0;
    int last = (~vvvv & 15) << 3 | length << 2 | op.prefix;
    int x = indexBit3(rm);
    int b = bit3(rm);
    if (op.map == 1 && x == 0 && b == 0) {
      code.put(0xc5);
      code.put((bit3(reg) ^ 1) << 7 | last);
    } else {
      code.put(0xc4);
      code.put((bit3(reg) ^ 1) << 7 | (x ^ 1) << 6 | (b ^ 1) << 5 | op.map);
      code.put(last);
    }
    code.put(opcode);
    code.putRm(reg, rm, 1);
  }

  private void evex(
      Instruction op,
      int opcode,
      int reg,
      int vvvv,
      Operand.Rm rm,
      int bits,
      int mask,
      boolean zeroing,
      boolean broadcast) {
    int x = rm instanceof VectorRegister r ? r.number() >> 4 : indexBit3(rm);
    int length = bits == 512 ? 2 : bits == 256 ? 1 : 0;
    code.put(0x62);
    code.put(
        (bit3(reg) ^ 1) << 7 | (x ^ 1) << 6 | (bit3(rm) ^ 1) << 5 | (reg >> 4 ^ 1) << 4 | op.map);
    code.put((op.wide ? 0x80 : 0) | (~vvvv & 15) << 3 | 4 | op.prefix);
    code.put(
        (zeroing ? 0x80 : 0) | length << 5 | (broadcast ? 0x10 : 0) | (vvvv >> 4 ^ 1) << 3 | mask);
    code.put(opcode);
    code.putRm(reg, rm, op.tuple.bytes(bits, broadcast, op.wide ? 8 : 4));
  }
}

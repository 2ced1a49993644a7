// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import org.jspecify.annotations.Nullable;

/**
 * An assembler for x86-64: the instructions that kernels use, operands in Intel's order. The code
 * it makes can lie at any address. Jumps take two bytes where their label is near.
 */
final class Assembler {
  /** Operations on general-purpose registers with a common encoding; the order is their number. */
  enum Arithmetic {
    ADD,
    OR,
    ADC,
    SBB,
    AND,
    SUB,
    XOR,
    CMP
  }

  /** What a line of memory is fetched for; the order is the opcode's extension. */
  enum Hint {
    NTA,
    T0,
    T1
  }

  private final Code code = new Code();
  private final VectorEncoder vectors = new VectorEncoder(code);
  private final Jumps jumps = new Jumps(code);

  /** The code so far, with its jumps. */
  byte[] assemble() {
    return jumps.resolve();
  }

  // jumps

  /** Says that a label is here. */
  void bind(Label label) {
    jumps.bind(label);
  }

  void jmp(Label label) {
    jumps.add(null, label);
  }

  void jcc(Condition condition, Label label) {
    jumps.add(condition, label);
  }

  // general-purpose registers

  void mov(Gpr to, Gpr from) {
    sameSize(to, from);
    general(to.bits() == 64, 0x89, from.number(), to);
  }

  void mov(Gpr to, Memory from) {
    general(to.bits() == 64, 0x8b, to.number(), from);
  }

  void mov(Memory to, Gpr from) {
    general(from.bits() == 64, 0x89, from.number(), to);
  }

  /** A value, in as few bytes as it needs. */
  void mov(Gpr to, long value) {
    if (to.bits() == 64 && value == (int) value) {
      general(true, 0xc7, 0, to);
      code.putInt((int) value);
      return;
    }
    rex(to.bits() == 64, 0, to);
    code.put(0xb8 | to.number() & 7);
    if (to.bits() == 64) {
      code.putLong(value);
    } else {
      code.putInt((int) value);
    }
  }

  void lea(Gpr to, Memory address) {
    general(to.bits() == 64, 0x8d, to.number(), address);
  }

  void emit(Arithmetic op, Gpr to, Gpr from) {
    sameSize(to, from);
    general(to.bits() == 64, op.ordinal() << 3 | 1, from.number(), to);
  }

  void emit(Arithmetic op, Gpr to, Memory from) {
    general(to.bits() == 64, op.ordinal() << 3 | 3, to.number(), from);
  }

  void emit(Arithmetic op, Memory to, Gpr from) {
    general(from.bits() == 64, op.ordinal() << 3 | 1, from.number(), to);
  }

  void emit(Arithmetic op, Gpr to, int value) {
    boolean wide = to.bits() == 64;
    if (value == (byte) value) {
      general(wide, 0x83, op.ordinal(), to);
      code.put(value);
      return;
    }
    if (to.number() == Gpr.RAX.number()) {
      rex(wide, 0, to);
      code.put(op.ordinal() << 3 | 5);
    } else {
      general(wide, 0x81, op.ordinal(), to);
    }
    code.putInt(value);
  }

  void test(Gpr left, Gpr right) {
    sameSize(left, right);
    general(left.bits() == 64, 0x85, right.number(), left);
  }

  void dec(Gpr register) {
    general(register.bits() == 64, 0xff, 1, register);
  }

  void shl(Gpr register, int count) {
    shift(4, register, count);
  }

  void shr(Gpr register, int count) {
    shift(5, register, count);
  }

  private void shift(int extension, Gpr register, int count) {
    general(register.bits() == 64, count == 1 ? 0xd1 : 0xc1, extension, register);
    if (count != 1) {
      code.put(count);
    }
  }

  void push(Gpr register) {
    rex(false, 0, register);
    code.put(0x50 | register.number() & 7);
  }

  void pop(Gpr register) {
    rex(false, 0, register);
    code.put(0x58 | register.number() & 7);
  }

  void call(Gpr code) {
    general(false, 0xff, 2, code);
  }

  void ret() {
    code.put(0xc3);
  }

  void prefetch(Hint hint, Memory line) {
    general2(false, 0x18, hint.ordinal(), line);
  }

  void cpuid() {
    code.put(0x0f);
    code.put(0xa2);
  }

  void xgetbv() {
    code.put(0x0f);
    code.put(0x01);
    code.put(0xd0);
  }

  void vzeroupper() {
    code.put(0xc5);
    code.put(0xf8);
    code.put(0x77);
  }

  // vectors

  /** An instruction that reads one operand. */
  void emit(Instruction op, Operand to, Operand from) {
    switch (op.form) {
      case RM -> {
        if (to instanceof VectorRegister r && from instanceof Operand.Rm rm) {
          int opcode = rm instanceof Gpr && op.general >= 0 ? op.general : op.opcode;
          if (op == Instruction.VMOVSS && !(rm instanceof Memory)) {
            throw VectorEncoder.refused(op, "memory, found " + rm);
          }
          vectors.encode(op, opcode, to, r.number(), 0, rm, r.bits());
        } else if (to instanceof Mask k && from instanceof Gpr r) {
          vectors.encode(op, op.opcode, to, k.number(), 0, r, 128);
        } else if (to instanceof Operand.Rm rm
            && from instanceof VectorRegister r
            && op.store >= 0) {
          vectors.encode(op, op.store, to, r.number(), 0, rm, r.bits());
        } else {
          throw operands(op);
        }
      }
      case MR -> {
        if (!(to instanceof Operand.Rm rm && from instanceof VectorRegister r)) {
          throw operands(op);
        }
        vectors.encode(op, op.opcode, to, r.number(), 0, rm, r.bits());
      }
      default -> throw operands(op);
    }
  }

  /** An instruction that reads one operand and an immediate byte. */
  void emit(Instruction op, Operand to, Operand from, int immediate) {
    if (!(to instanceof Operand.Rm target && from instanceof Operand.Rm source)) {
      throw operands(op);
    }
    switch (op.form) {
      case RMI -> {
        VectorRegister r = vector(op, target);
        vectors.encode(op, op.opcode, to, r.number(), 0, source, r.bits());
      }
      case MRI -> {
        VectorRegister r = vector(op, source);
        vectors.encode(op, op.opcode, to, r.number(), 0, target, r.bits());
      }
      case VMI -> {
        VectorRegister r = vector(op, target);
        vectors.encode(op, op.opcode, to, op.digit, r.number(), source, r.bits());
      }
      default -> throw operands(op);
    }
    code.put(immediate);
  }

  /** An instruction that reads two operands. */
  void emit(Instruction op, VectorRegister to, VectorRegister left, Operand.Rm right) {
    if (op.form != Instruction.Form.RVM || to.bits() != left.bits()) {
      throw operands(op);
    }
    vectors.encode(op, op.opcode, to, to.number(), left.number(), right, to.bits());
  }

  /** An instruction that reads two operands and an immediate byte. */
  void emit(
      Instruction op, VectorRegister to, VectorRegister left, Operand.Rm right, int immediate) {
    if (op.form != Instruction.Form.RVMI || to.bits() != left.bits()) {
      throw operands(op);
    }
    vectors.encode(op, op.opcode, to, to.number(), left.number(), right, to.bits());
    code.put(immediate);
  }

  private static VectorRegister vector(Instruction op, Operand.Rm operand) {
    if (operand instanceof VectorRegister r) {
      return r;
    }
    throw operands(op);
  }

  private static IllegalArgumentException operands(Instruction op) {
    return VectorEncoder.refused(op, "operands of the form " + op.form);
  }

  private static void sameSize(Gpr a, Gpr b) {
    if (a.bits() != b.bits()) {
      throw new IllegalArgumentException("registers: expected one size, found " + a + " and " + b);
    }
  }

  private void general(boolean wide, int opcode, int reg, Operand.Rm rm) {
    rex(wide, reg, rm);
    code.put(opcode);
    code.putRm(reg, rm, 1);
  }

  /** With an opcode of the second map. */
  private void general2(boolean wide, int opcode, int reg, Operand.Rm rm) {
    rex(wide, reg, rm);
    code.put(0x0f);
    code.put(opcode);
    code.putRm(reg, rm, 1);
  }

  private void rex(boolean wide, int reg, Operand.Rm rm) {
    @Nullable Gpr base = null;
    @Nullable Gpr index = null;
    if (rm instanceof Gpr r) {
      base = r;
    } else if (rm instanceof Memory m) {
      base = m.base();
      index = m.index();
    }
    int bits =
        (wide ? 8 : 0)
            | reg >> 3 << 2
            | (index == null ? 0 : index.number() >> 3 << 1)
            | (base == null ? 0 : base.number() >> 3);
    if (bits != 0) {
      code.put(0x40 | bits);
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.runtime.cpu.machinecode.Assembler.Arithmetic;
import dev.coterie.runtime.cpu.machinecode.Assembler.Hint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Random instructions from a seed, each with its text in Intel's syntax: every instruction, form
 * and kind of operand, all registers, every way to address memory, and displacements on both sides
 * of where an encoding changes.
 */
final class Samples {
  /** An instruction, and how {@code as} reads it. */
  record Sample(String text, Consumer<Assembler> emit) {
    byte[] bytes() {
      Assembler assembler = new Assembler();
      emit.accept(assembler);
      return assembler.assemble();
    }

    /** The text with the prefix that holds {@code as} to the encoding that was chosen. */
    String source() {
      return switch (bytes()[0] & 0xff) {
        case 0x62 -> "{evex} " + text;
        case 0xc4, 0xc5 -> "{vex} " + text;
        default -> text;
      };
    }
  }

  private static final String[] NAMES = {
    "ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "8", "9", "10", "11", "12", "13", "14", "15"
  };

  private final RandomGenerator random;
  private final List<Sample> samples = new ArrayList<>();

  private Samples(RandomGenerator random) {
    this.random = random;
  }

  static List<Sample> of(int each, RandomGenerator random) {
    Samples all = new Samples(random);
    for (Instruction op : Instruction.values()) {
      for (int i = 0; i < each; i++) {
        all.vector(op);
      }
    }
    for (int i = 0; i < each; i++) {
      all.general();
    }
    return all.samples;
  }

  private void add(String text, Consumer<Assembler> emit) {
    samples.add(new Sample(text, emit));
  }

  private void vector(Instruction op) {
    String name = op.name().toLowerCase(Locale.ROOT);
    int immediate = random.nextInt(256);
    boolean vexOnly = op.encoding == Instruction.Encoding.VEX;
    if (op == Instruction.KMOVW) {
      Mask k = new Mask(random.nextInt(8));
      Gpr r = gpr(32);
      add(name + " k" + k.number() + ", " + text(r), a -> a.emit(op, k, r));
      return;
    }
    int bits = bits(op);
    int high = vexOnly || random.nextInt(3) == 0 ? 16 : 32;
    VectorRegister to = VectorRegister.of(random.nextInt(high), bits);
    VectorRegister left = VectorRegister.of(random.nextInt(high), bits);
    Operand.Rm rm = rm(op, bits, high);
    boolean fixed =
        op == Instruction.VMOVD || vexOnly || random.nextInt(3) > 0; // these take no mask
    String source = op.wide ? text(rm).replace("dword", "qword") : text(rm);
    switch (op.form) {
      case RM -> {
        if (op.store >= 0 && rm instanceof Memory m && random.nextBoolean()) {
          Memory target = fixed ? m : m.masked(mask());
          add(name + " " + text(target) + ", " + text(to), a -> a.emit(op, target, to));
          return;
        }
        if (op == Instruction.VMOVD && rm instanceof Gpr r && random.nextBoolean()) {
          add(name + " " + text(r) + ", " + text(to), a -> a.emit(op, r, to));
          return;
        }
        VectorRegister target = fixed ? to : masked(to);
        String load = op.store >= 0 && rm instanceof VectorRegister ? "{load} " : "";
        add(load + name + " " + text(target) + ", " + text(rm), a -> a.emit(op, target, rm));
      }
      case MR, MRI -> {
        Operand.Rm target =
            fixed
                ? rm
                : switch (rm) {
                  case VectorRegister r -> masked(r);
                  case Memory m -> m.masked(mask());
                  case Gpr r -> r;
                };
        String text = name + " " + text(target) + ", " + text(to);
        if (op.form == Instruction.Form.MR) {
          add(text, a -> a.emit(op, target, to));
        } else {
          add(text + ", " + immediate, a -> a.emit(op, target, to, immediate));
        }
      }
      case RMI, VMI -> {
        VectorRegister target = fixed ? to : masked(to);
        add(
            name + " " + text(target) + ", " + text(rm) + ", " + immediate,
            a -> a.emit(op, target, rm, immediate));
      }
      case RVM -> {
        VectorRegister target = fixed ? to : masked(to);
        add(
            name + " " + text(target) + ", " + text(left) + ", " + source,
            a -> a.emit(op, target, left, rm));
      }
      case RVMI -> {
        VectorRegister target = fixed ? to : masked(to);
        add(
            name + " " + text(target) + ", " + text(left) + ", " + text(rm) + ", " + immediate,
            a -> a.emit(op, target, left, rm, immediate));
      }
    }
  }

  private int bits(Instruction op) {
    boolean scalar =
        op == Instruction.VMOVD
            || op == Instruction.VMOVSS
            || op.name().endsWith("SS") && op.form == Instruction.Form.RVM;
    if (scalar) {
      return 128;
    }
    int most = op.encoding == Instruction.Encoding.VEX ? 256 : 512;
    int bits = most >> random.nextInt(3);
    return Math.max(op.leastBits(), bits);
  }

  private Operand.Rm rm(Instruction op, int bits, int high) {
    boolean general = op.tuple == Tuple.GENERAL || op.general >= 0 && random.nextInt(3) == 0;
    boolean vexShift = op.form == Instruction.Form.VMI && random.nextBoolean();
    if (op == Instruction.VMOVSS || random.nextBoolean() && !vexShift) {
      Memory memory = memory(op.tuple.bytes(bits, false, 4));
      boolean broadcast =
          op.tuple == Tuple.FULL
              && op.encoding != Instruction.Encoding.VEX
              && random.nextInt(3) == 0;
      if (!broadcast) {
        return memory;
      }
      return memory(op.wide ? 8 : 4).toAll();
    }
    return general ? gpr(32) : VectorRegister.of(random.nextInt(high), op.tuple.registerBits(bits));
  }

  private VectorRegister masked(VectorRegister r) {
    return random.nextBoolean() ? r.masked(mask()) : r.zeroed(mask());
  }

  private Mask mask() {
    return new Mask(1 + random.nextInt(7));
  }

  private Gpr gpr(int bits) {
    return new Gpr(random.nextInt(16), bits);
  }

  private Memory memory(int unit) {
    Gpr base = random.nextInt(8) == 0 ? null : gpr(64);
    int displacement =
        switch (random.nextInt(6)) {
          case 0 -> 0;
          case 1 -> unit * (random.nextInt(257) - 128);
          case 2 -> unit * (random.nextBoolean() ? 127 : -128);
          case 3 -> unit * (random.nextBoolean() ? 128 : -129);
          case 4 -> random.nextInt(1 << 12) - (1 << 11);
          default -> random.nextInt();
        };
    if (base != null && random.nextBoolean()) {
      return Memory.at(base, displacement);
    }
    int index = random.nextInt(15);
    // as takes an index that stands alone, times 1, for a base
    int scale = 1 << (base == null ? 1 + random.nextInt(3) : random.nextInt(4));
    return Memory.at(base, new Gpr(index < 4 ? index : index + 1, 64), scale, displacement);
  }

  private void general() {
    int bits = random.nextBoolean() ? 64 : 32;
    Gpr r = gpr(bits);
    Gpr s = gpr(bits);
    Gpr q = gpr(64);
    Memory m = memory(1);
    int value = random.nextBoolean() ? random.nextInt() : random.nextInt(400) - 200;
    int count = 1 + random.nextInt(31);
    long large = random.nextLong() | 1L << 62;
    String both = " " + text(r) + ", " + text(s);
    String load = " " + text(r) + ", " + text(m);
    String store = " " + text(m) + ", " + text(r);
    add("mov" + both, a -> a.mov(r, s));
    add("mov" + load, a -> a.mov(r, m));
    add("mov" + store, a -> a.mov(m, r));
    add("mov " + text(r) + ", " + value, a -> a.mov(r, value));
    add("movabs " + text(q) + ", " + large, a -> a.mov(q, large));
    add("lea" + load, a -> a.lea(r, m));
    for (Arithmetic op : Arithmetic.values()) {
      String name = op.name().toLowerCase(Locale.ROOT);
      add(name + both, a -> a.emit(op, r, s));
      add(name + load, a -> a.emit(op, r, m));
      add(name + store, a -> a.emit(op, m, r));
      add(name + " " + text(r) + ", " + value, a -> a.emit(op, r, value));
    }
    add("test" + both, a -> a.test(r, s));
    add("dec " + text(r), a -> a.dec(r));
    add("shl " + text(r) + ", " + count, a -> a.shl(r, count));
    add("shr " + text(r) + ", " + count, a -> a.shr(r, count));
    add("push " + text(q), a -> a.push(q));
    add("call " + text(q), a -> a.call(q));
    add("pop " + text(q), a -> a.pop(q));
    for (Hint hint : Hint.values()) {
      add(
          "prefetch" + hint.name().toLowerCase(Locale.ROOT) + " " + text(m),
          a -> a.prefetch(hint, m));
    }
    add("ret", Assembler::ret);
    add("cpuid", Assembler::cpuid);
    add("xgetbv", Assembler::xgetbv);
    add("vzeroupper", Assembler::vzeroupper);
  }

  private static String text(Operand operand) {
    return switch (operand) {
      case Gpr r when r.number() < 8 -> (r.bits() == 64 ? "r" : "e") + NAMES[r.number()];
      case Gpr r -> "r" + r.number() + (r.bits() == 64 ? "" : "d");
      case Mask k -> "k" + k.number();
      case VectorRegister r ->
          (r.bits() == 512 ? "zmm" : r.bits() == 256 ? "ymm" : "xmm")
              + r.number()
              + selected(r.mask(), r.zeroing());
      case Memory m -> address(m) + selected(m.mask(), false);
    };
  }

  private static String selected(int mask, boolean zeroing) {
    return mask == 0 ? "" : "{k" + mask + "}" + (zeroing ? "{z}" : "");
  }

  private static String address(Memory m) {
    StringBuilder text = new StringBuilder(m.broadcast() ? "dword bcst [" : "[");
    if (m.base() != null) {
      text.append(text(m.base())).append(m.index() == null ? "" : "+");
    }
    if (m.index() != null) {
      text.append(text(m.index())).append('*').append(m.scale());
    }
    return text.append(m.displacement() < 0 ? "" : "+")
        .append(m.displacement())
        .append(']')
        .toString();
  }
}

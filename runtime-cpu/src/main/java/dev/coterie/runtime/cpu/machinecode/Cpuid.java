// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.foreign.ExecutableMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;

/** What a processor says of itself, by the instructions CPUID and XGETBV. */
interface Cpuid {
  /** EAX, EBX, ECX and EDX of a leaf. */
  int[] leaf(int leaf, int subleaf);

  /** Which registers the operating system keeps; only where leaf 1 says OSXSAVE. */
  long xcr0();

  /**
   * Asks the processor that this runs on.
   *
   * @throws UnsupportedOperationException if executable memory is missing
   */
  static Cpuid here(ExecutableMemory memory) {
    return new Here(memory);
  }

  /** Two functions of machine code. */
  final class Here implements Cpuid {
    private final MemorySegment cpuid;
    private final MemorySegment xgetbv;
    private final MethodHandle callCpuid;
    private final MethodHandle callXgetbv;

    private Here(ExecutableMemory memory) {
      cpuid = memory.place(cpuidCode(), Arena.ofAuto());
      xgetbv = memory.place(xgetbvCode(), Arena.ofAuto());
      callCpuid =
          memory.caller(
              MethodType.methodType(void.class, int.class, int.class, MemorySegment.class), false);
      callXgetbv = memory.caller(MethodType.methodType(long.class), false);
    }

    /** {@code void cpuid(int leaf, int subleaf, int[4] result)}. */
    private static byte[] cpuidCode() {
      Assembler a = new Assembler();
      a.push(Gpr.RBX);
      a.mov(Gpr.R8, Gpr.RDX);
      a.mov(Gpr.RAX.low(), Gpr.RDI.low());
      a.mov(Gpr.RCX.low(), Gpr.RSI.low());
      a.cpuid();
      a.mov(Memory.at(Gpr.R8), Gpr.RAX.low());
      a.mov(Memory.at(Gpr.R8, 4), Gpr.RBX.low());
      a.mov(Memory.at(Gpr.R8, 8), Gpr.RCX.low());
      a.mov(Memory.at(Gpr.R8, 12), Gpr.RDX.low());
      a.pop(Gpr.RBX);
      a.ret();
      return a.assemble();
    }

    /** {@code long xgetbv(void)}, of register 0. */
    private static byte[] xgetbvCode() {
      Assembler a = new Assembler();
      a.emit(Assembler.Arithmetic.XOR, Gpr.RCX.low(), Gpr.RCX.low());
      a.xgetbv();
      a.mov(Gpr.RAX.low(), Gpr.RAX.low());
      a.shl(Gpr.RDX, 32);
      a.emit(Assembler.Arithmetic.OR, Gpr.RAX, Gpr.RDX);
      a.ret();
      return a.assemble();
    }

    @Override
    public int[] leaf(int leaf, int subleaf) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment result = arena.allocate(16, 4);
        callCpuid.invokeExact(cpuid, leaf, subleaf, result);
        return result.toArray(ValueLayout.JAVA_INT);
      } catch (Throwable e) {
        throw Calls.failed(e);
      }
    }

    @Override
    public long xcr0() {
      try {
        return (long) callXgetbv.invokeExact(xgetbv);
      } catch (Throwable e) {
        throw Calls.failed(e);
      }
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

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

import dev.coterie.runtime.cpu.machinecode.Assembler.Arithmetic;
import java.util.List;

/**
 * Calls kernels, one after the other, so that Java crosses over once for many of them.
 *
 * <pre>
 * void calls(long *list, long count)
 * </pre>
 *
 * An entry is {@link #LONGS} long: the kernel and its arguments, the last of which it may ignore.
 */
final class CallListCode {
  private static final List<Gpr> IN_REGISTERS = List.of(RDI, RSI, RDX, RCX, R8, R9);
  private static final int ON_STACK = 5;

  /** The longs of an entry. */
  static final int LONGS = 1 + IN_REGISTERS.size() + ON_STACK;

  private CallListCode() {}

  static byte[] assemble() {
    Assembler a = new Assembler();
    a.push(RBX);
    a.push(RBP);
    a.mov(RBX, RDI);
    a.mov(RBP, RSI);
    Label next = new Label();
    a.bind(next);
    for (int i = LONGS - 1; i > IN_REGISTERS.size(); i--) {
      a.mov(RAX, Memory.at(RBX, Long.BYTES * i));
      a.push(RAX);
    }
    for (int i = 0; i < IN_REGISTERS.size(); i++) {
      a.mov(IN_REGISTERS.get(i), Memory.at(RBX, Long.BYTES * (1 + i)));
    }
    a.mov(RAX, Memory.at(RBX));
    a.call(RAX);
    a.emit(Arithmetic.ADD, RSP, Long.BYTES * ON_STACK);
    a.emit(Arithmetic.ADD, RBX, Long.BYTES * LONGS);
    a.dec(RBP);
    a.jcc(Condition.NOT_EQUAL, next);
    a.pop(RBP);
    a.pop(RBX);
    a.ret();
    return a.assemble();
  }
}

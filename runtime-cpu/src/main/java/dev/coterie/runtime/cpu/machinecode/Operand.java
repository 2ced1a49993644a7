// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

/** What an instruction works on. */
sealed interface Operand permits Operand.Rm, Mask {
  /** What the field {@code rm} of an instruction may name. */
  sealed interface Rm extends Operand permits Gpr, VectorRegister, Memory {}
}

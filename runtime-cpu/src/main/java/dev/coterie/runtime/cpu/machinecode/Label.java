// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

/** A place in the code of one {@link Assembler}, which may be jumped to before it is known. */
final class Label {
  /** Where it is, not counting jumps; -1 as long as that is not known. */
  int position = -1;

  /** How many jumps stand before it. */
  int jumps;
}

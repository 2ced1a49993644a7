// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

/** What a jump depends on; the order is that of the codes 0 to 15. */
enum Condition {
  OVERFLOW("o"),
  NOT_OVERFLOW("no"),
  BELOW("b"),
  ABOVE_OR_EQUAL("ae"),
  EQUAL("e"),
  NOT_EQUAL("ne"),
  BELOW_OR_EQUAL("be"),
  ABOVE("a"),
  SIGN("s"),
  NOT_SIGN("ns"),
  PARITY("p"),
  NOT_PARITY("np"),
  LESS("l"),
  GREATER_OR_EQUAL("ge"),
  LESS_OR_EQUAL("le"),
  GREATER("g");

  private final String suffix;

  Condition(String suffix) {
    this.suffix = suffix;
  }

  /** What follows the j. */
  String suffix() {
    return suffix;
  }
}

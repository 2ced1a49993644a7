// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

/** A function of machine code. */
final class Kernel {
  private Kernel() {}

  /** What a call of a handle threw, as something that need not be declared. */
  static RuntimeException failed(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException exception
        ? exception
        : new IllegalStateException("a kernel failed", e);
  }
}

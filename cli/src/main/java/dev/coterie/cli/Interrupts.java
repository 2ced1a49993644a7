// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import org.jspecify.annotations.Nullable;

/**
 * What Ctrl-C does. A command says for a while what is to happen; where nothing is said, the
 * process just ends. Safe for use by several threads.
 */
final class Interrupts {
  private @Nullable Runnable action;
  private boolean requested;

  /** The time during which an action stands. */
  interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Says what an interrupt does until the scope is closed. If it came already, it happens at once.
   *
   * @param onInterrupt stops the work in hand without waiting for it
   */
  Scope during(Runnable onInterrupt) {
    @Nullable Runnable outer;
    boolean late;
    synchronized (this) {
      outer = action;
      action = onInterrupt;
      late = requested;
    }
    if (late) {
      onInterrupt.run();
    }
    return () -> {
      synchronized (this) {
        action = outer;
      }
    };
  }

  /**
   * Interrupts.
   *
   * @return whether there is work in hand that now winds up
   */
  boolean request() {
    @Nullable Runnable current;
    synchronized (this) {
      requested = true;
      current = action;
    }
    if (current != null) {
      current.run();
    }
    return current != null;
  }

  /** Whether an interrupt came. */
  synchronized boolean requested() {
    return requested;
  }
}

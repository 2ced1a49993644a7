// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.CoterieException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A thread that waits. For use by the thread that made it. */
final class ThreadWaiter extends WaitList.Waiter {
  private final Thread thread = Thread.currentThread();

  @Override
  void wake() {
    LockSupport.unpark(thread);
  }

  /**
   * Waits until something has happened.
   *
   * @throws CoterieException if the thread is interrupted, which it stays
   */
  void await(WaitList list, BooleanSupplier happened) {
    while (!happened.getAsBoolean()) {
      list.add(this);
      if (happened.getAsBoolean()) {
        return;
      }
      if (thread.isInterrupted()) {
        throw new CoterieException("interrupted while waiting for the model");
      }
      LockSupport.park(list);
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.spi.Batch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Lets an executable do one step each time it is told to. */
final class Gate implements Consumer<Batch> {
  private final Semaphore arrived = new Semaphore(0);
  private final Semaphore passes = new Semaphore(0);

  @Override
  public void accept(Batch batch) {
    arrived.release();
    acquire(passes);
  }

  /** Waits until a step stands at the gate; it goes on standing there. */
  void awaitStep() {
    acquire(arrived);
  }

  /** Lets so many steps pass. */
  void pass(int steps) {
    passes.release(steps);
  }

  /** Lets everything pass from now on. */
  void open() {
    passes.release(1_000_000);
  }

  private static void acquire(Semaphore semaphore) {
    try {
      if (!semaphore.tryAcquire(30, TimeUnit.SECONDS)) {
        throw new AssertionError("nothing came to the gate in 30 seconds");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

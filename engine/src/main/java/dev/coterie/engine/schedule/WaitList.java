// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those who wait for something to happen. Neither adding nor waking takes a lock, so that the loop
 * thread never waits for a reader.
 *
 * <p>To wait: add, look again, and only then wait. To wake: let it happen, then {@link #wakeAll()}.
 * A waiter may be woken for nothing.
 */
final class WaitList {
  private static final Logger LOG = LoggerFactory.getLogger(WaitList.class);

  private final AtomicReference<@Nullable Waiter> head = new AtomicReference<>();

  /** One who waits; in at most one list. */
  abstract static class Waiter {
    private @Nullable Waiter next;
    private volatile boolean listed;

    /** Is called by whoever lets it happen; must be quick and not throw. */
    abstract void wake();
  }

  /**
   * Lists a waiter, for one call of {@link Waiter#wake()}, unless it is listed. By one thread a
   * waiter.
   */
  void add(Waiter waiter) {
    if (waiter.listed) {
      return;
    }
    waiter.listed = true;
    Waiter first;
    do {
      first = head.get();
      waiter.next = first;
    } while (!head.compareAndSet(first, waiter));
  }

  /** Wakes all and takes them from the list. */
  void wakeAll() {
    if (head.get() == null) {
      return;
    }
    Waiter waiter = head.getAndSet(null);
    while (waiter != null) {
      Waiter next = waiter.next;
      waiter.next = null;
      waiter.listed = false;
      try {
        waiter.wake();
      } catch (Throwable e) { // no memory for a thread: the others are woken all the same
        LOG.error("a reader could not be woken", e);
      }
      waiter = next;
    }
  }
}

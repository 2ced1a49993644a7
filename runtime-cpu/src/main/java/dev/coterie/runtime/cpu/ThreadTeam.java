// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A fixed team: the thread that calls {@link #run} and daemon workers. All of them execute the same
 * task and meet at its barriers. Waiting threads spin for a moment, then park.
 */
final class ThreadTeam implements AutoCloseable {
  /** Long enough to bridge sampling between two decode steps, some 100 µs. */
  private static final int IDLE_SPINS = 4_000;

  /**
   * Some milliseconds: within a run the others are about to come. A thread that parked would leave
   * its processor to another program for a whole slice of time, at every barrier of every step. But
   * where there are more threads than processors, it is one of them that the processor is for.
   */
  private static final int RUN_SPINS = 200_000;

  /** What each thread of the team executes; must not throw. */
  interface Task {
    void run(int thread);
  }

  private final ReentrantLock turn = new ReentrantLock();
  private final int size;
  private final int spins; // at the barriers of a run
  private final @Nullable Thread[] threads; // the caller's own in slot 0 while it runs
  private final AtomicInteger arrived = new AtomicInteger();
  private volatile int phase;
  private volatile int parked; // how many threads have parked or are about to
  private volatile @Nullable Task task; // null tells the workers to end
  private boolean closed;

  ThreadTeam(int size, String name) {
    this.size = size;
    spins = size <= Runtime.getRuntime().availableProcessors() ? RUN_SPINS : IDLE_SPINS;
    threads = new Thread[size];
    for (int i = 1; i < size; i++) {
      int thread = i;
      threads[i] = Thread.ofPlatform().daemon().name(name + "-" + i).start(() -> work(thread));
    }
  }

  int size() {
    return size;
  }

  /**
   * Runs the task on every thread and returns when all are done. Callers take turns.
   *
   * @throws IllegalStateException if the team is closed
   */
  void run(Task next) {
    turn.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the backend is closed");
      }
      threads[0] = Thread.currentThread();
      task = next;
      barrier(spins); // starts the workers, who wait in it
      next.run(0);
      barrier();
    } finally {
      turn.unlock();
    }
  }

  private void work(int thread) {
    while (true) {
      barrier(IDLE_SPINS);
      Task next = task;
      if (next == null) {
        return;
      }
      next.run(thread);
      barrier();
    }
  }

  /** Waits until every thread of the team is here. */
  void barrier() {
    barrier(spins);
  }

  private void barrier(int most) {
    if (size == 1) {
      return;
    }
    int mine = phase;
    if (arrived.incrementAndGet() == size) {
      arrived.set(0);
      phase = mine + 1;
      if (parked != 0) {
        for (Thread thread : threads) {
          if (thread != Thread.currentThread()) {
            LockSupport.unpark(thread);
          }
        }
      }
      return;
    }
    for (int i = 0; i < most; i++) {
      if (phase != mine) {
        return;
      }
      Thread.onSpinWait();
    }
    synchronized (this) {
      parked++;
    }
    while (phase == mine) {
      LockSupport.park(this);
    }
    synchronized (this) {
      parked--;
    }
  }

  /** Ends the workers, after the run in progress. */
  @Override
  public void close() {
    turn.lock();
    try {
      if (!closed) {
        closed = true;
        threads[0] = Thread.currentThread();
        task = null;
        barrier();
      }
    } finally {
      turn.unlock();
    }
  }
}

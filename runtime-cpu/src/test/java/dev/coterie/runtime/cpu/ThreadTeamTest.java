// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The time limit only ends a test that hangs. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ThreadTeamTest {
  private static final String NAME = "team-under-test";

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void everyThreadRunsEveryTaskOnce(int size) {
    try (ThreadTeam team = new ThreadTeam(size, NAME)) {
      assertThat(team.size()).isEqualTo(size);
      AtomicIntegerArray runs = new AtomicIntegerArray(size);
      int tasks = 2_000;
      for (int i = 0; i < tasks; i++) {
        team.run(runs::incrementAndGet);
      }
      for (int thread = 0; thread < size; thread++) {
        assertThat(runs.get(thread)).isEqualTo(tasks);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void nobodyPassesABarrierBeforeAllAreThere(int size) {
    int barriers = 1_000;
    int[] written = new int[size]; // plain: the barrier publishes it
    AtomicInteger wrong = new AtomicInteger();
    try (ThreadTeam team = new ThreadTeam(size, NAME)) {
      team.run(
          thread -> {
            for (int i = 1; i <= barriers; i++) {
              written[thread] = i;
              team.barrier();
              for (int other : written) {
                if (other != i) {
                  wrong.incrementAndGet();
                }
              }
              team.barrier();
            }
          });
    }
    assertThat(wrong).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void parkedThreadsWakeUp(int size) throws InterruptedException {
    try (ThreadTeam team = new ThreadTeam(size, NAME)) {
      for (int round = 0; round < 5; round++) {
        team.run(thread -> {});
        awaitParked(workers());
        AtomicInteger ran = new AtomicInteger();
        team.run(thread -> ran.incrementAndGet());
        assertThat(ran).hasValue(size);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void aThreadThatWaitsLongAtABarrierParksAndWakesUp(int size) {
    try (ThreadTeam team = new ThreadTeam(size, NAME)) {
      Thread[] waiting = new Thread[size];
      AtomicInteger passed = new AtomicInteger();
      team.run(
          thread -> {
            waiting[thread] = Thread.currentThread();
            team.barrier();
            if (thread == size - 1) { // the others wait for it
              awaitParked(List.of(waiting).subList(0, size - 1));
            }
            team.barrier();
            passed.incrementAndGet();
          });
      assertThat(passed).hasValue(size);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void callersTakeTurns(int size) throws InterruptedException {
    int callers = 4;
    int tasks = 200;
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger wrong = new AtomicInteger();
    AtomicInteger ran = new AtomicInteger();
    try (ThreadTeam team = new ThreadTeam(size, NAME)) {
      CountDownLatch start = new CountDownLatch(1);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      awaitLatch(start);
                      for (int t = 0; t < tasks; t++) {
                        team.run(
                            thread -> {
                              if (inside.incrementAndGet() > size) {
                                wrong.incrementAndGet();
                              }
                              ran.incrementAndGet();
                              team.barrier();
                              inside.decrementAndGet();
                            });
                      }
                    }));
      }
      start.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertThat(wrong).hasValue(0);
    assertThat(ran).hasValue(callers * tasks * size);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void interruptedCallersFinish(int size) {
    try (ThreadTeam team = new ThreadTeam(size, NAME)) {
      AtomicInteger ran = new AtomicInteger();
      Thread.currentThread().interrupt();
      for (int i = 0; i < 100; i++) {
        team.run(thread -> ran.incrementAndGet());
      }
      assertThat(Thread.interrupted()).isTrue();
      assertThat(ran).hasValue(100 * size);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void closingEndsTheWorkersAndRefusesTasks(int size) throws InterruptedException {
    ThreadTeam team = new ThreadTeam(size, NAME);
    Set<Thread> used = ConcurrentHashMap.newKeySet();
    team.run(thread -> used.add(Thread.currentThread()));
    assertThat(used).hasSize(size).contains(Thread.currentThread());
    used.remove(Thread.currentThread());
    assertThat(used).allMatch(Thread::isDaemon);
    team.close();
    team.close();
    for (Thread thread : used) {
      thread.join();
    }
    assertThatThrownBy(() -> team.run(thread -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the backend is closed");
  }

  private static List<Thread> workers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(NAME))
        .filter(Thread::isAlive)
        .toList();
  }

  private static void awaitParked(List<Thread> threads) {
    for (Thread thread : threads) {
      while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
    }
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

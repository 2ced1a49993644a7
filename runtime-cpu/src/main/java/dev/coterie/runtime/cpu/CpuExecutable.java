// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.CoterieException;
import dev.coterie.spi.Batch;
import dev.coterie.spi.Executable;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Steps, executed by a thread team with a barrier after each. */
final class CpuExecutable implements Executable {
  /** Counters lie a cache line apart. */
  private static final int LINE = 16;

  private final Step[] steps;
  private final AtomicIntegerArray claimed;
  private final PagedCache cache;
  private final int vocabulary;
  private final int hiddenWidth;
  private final long fixedBytes; // without the workers
  private final List<CompressedEntries> entries;
  private final List<WindowState> states;
  private final PackedWeights weights;
  private final Arena arena;
  private final ThreadTeam team;
  private final Worker[] workers;
  private final Run run;
  private final int maxRows;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final ThreadTeam.Task task = this::work;
  private boolean closed;

  CpuExecutable(
      Planner planner,
      List<Step> steps,
      int maxRows,
      PackedWeights weights,
      Kernels kernels,
      Arena arena,
      ThreadTeam team) {
    this.steps = steps.toArray(Step[]::new);
    this.maxRows = maxRows;
    claimed = new AtomicIntegerArray(steps.size() * LINE);
    cache = planner.cache();
    vocabulary = planner.vocabulary();
    hiddenWidth = planner.hiddenWidth();
    this.weights = weights;
    this.arena = arena;
    this.team = team;
    workers = new Worker[team.size()];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(kernels, planner.maxKeySize(), planner.maxTemporary());
    }
    fixedBytes = weights.copiedBytes() + planner.bytes();
    entries = planner.entries();
    states = planner.states();
    run = new Run(maxRows, planner.tileRows(), team.size());
  }

  @Override
  public synchronized void run(Batch batch) {
    if (closed) {
      throw new IllegalStateException("the executable is closed");
    }
    if (batch.numRows() == 0) {
      return;
    }
    if (batch.numRows() > maxRows) {
      throw new IllegalArgumentException(
          "batch: expected at most " + maxRows + " rows, found " + batch.numRows());
    }
    keepState(batch);
    run.begin(batch, cache);
    run.setLogits(batch.logits(vocabulary));
    run.hidden = batch.hidden(hiddenWidth);
    for (int step = 0; step < steps.length; step++) {
      claimed.setPlain(step * LINE, 0);
    }
    team.run(task);
    Throwable thrown = failure.getAndSet(null);
    if (thrown != null) {
      throw new CoterieException("a step failed: " + thrown, thrown);
    }
    for (int i = 0; i < states.size(); i++) {
      states.get(i).end(batch);
    }
  }

  private void keepState(Batch batch) {
    requireState(batch); // while nothing is changed yet
    for (int i = 0; i < states.size(); i++) {
      states.get(i).trim(batch);
    }
    requireState(batch); // what another segment gave up or computes anew cannot be read
    for (int i = 0; i < states.size(); i++) {
      states.get(i).begin(batch);
    }
    for (int i = 0; i < entries.size(); i++) {
      entries.get(i).allot();
    }
  }

  private void requireState(Batch batch) {
    for (int s = 0; s < batch.numSegments() && !states.isEmpty(); s++) {
      int position = batch.position(batch.segmentStart(s));
      if (!isComplete(batch.blockTable(s), position)) {
        throw new IllegalStateException(
            "batch: expected a segment to start where the state of its sequence is kept, found"
                + " position "
                + position
                + "; start at "
                + resumable(batch.blockTable(s), position));
      }
    }
  }

  private boolean isComplete(int[] table, int position) {
    for (int i = 0; i < states.size(); i++) {
      if (!states.get(i).isComplete(table, position)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public synchronized int resumable(int[] blockTable, int position) {
    int found = position;
    while (!isComplete(blockTable, found)) {
      int anchor = states.getFirst().windows().anchor();
      found = (found - 1) / anchor * anchor;
    }
    return found;
  }

  @Override
  public synchronized void release(int[] blocks, int count) {
    for (int i = 0; i < count; i++) {
      for (int s = 0; s < states.size(); s++) {
        states.get(s).release(blocks[i]);
      }
    }
  }

  /** Every thread goes through all steps, so that all meet at every barrier whatever fails. */
  private void work(int thread) {
    Worker worker = workers[thread];
    for (int i = 0; i < steps.length; i++) {
      if (i > 0) {
        team.barrier();
      }
      if (failure.get() != null) {
        continue;
      }
      try {
        Step step = steps[i];
        int units = step.units(run);
        int unit;
        while ((unit = claimed.getAndIncrement(i * LINE)) < units) {
          step.execute(run, unit, worker);
        }
      } catch (Throwable e) { // also an OutOfMemoryError: the other threads wait at the barrier
        failure.compareAndSet(null, e);
      }
    }
  }

  @Override
  public long memoryBytes() {
    long bytes = fixedBytes + cache.bytes();
    for (Worker worker : workers) {
      bytes += worker.bytes();
    }
    for (CompressedEntries made : entries) {
      bytes += made.bytes();
    }
    return bytes;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      arena.close();
      weights.close();
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.runtime.cpu.WeightPlan.Slot;
import dev.coterie.spi.LoadMonitor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Packs the weights of a plan, or compares packed ones with their tensors.
 *
 * @param plan where they lie
 */
record WeightPacking(WeightPlan plan) {
  /** The packed bytes of a thread between two looks at progress and cancellation. */
  private static final long CHUNK_BYTES = 1L << 20;

  /** How many matrices a sample takes a row group of. */
  private static final int SAMPLE = 256;

  /** Groups of one matrix. */
  private record Chunk(Slot slot, int fromGroup, int toGroup) {}

  /** What is done with a group. */
  private interface Work {
    void accept(Packer packer, int group, MemorySegment matrix);
  }

  private static final class MismatchException extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Packs all weights. */
  void pack(MemorySegment weights, ThreadTeam team, LoadMonitor monitor) {
    forEachGroup(weights, team, monitor, "repack weights", Packer::pack);
  }

  /** Whether all weights are what their tensors give. */
  boolean matches(MemorySegment weights, ThreadTeam team, LoadMonitor monitor) {
    try {
      forEachGroup(
          weights,
          team,
          monitor,
          "compare weights",
          (packer, group, matrix) -> {
            if (!packer.matches(group, matrix)) {
              throw new MismatchException();
            }
          });
      return true;
    } catch (MismatchException e) {
      return false;
    } catch (InternalError e) { // a page of the file cannot be read
      return false;
    }
  }

  /**
   * Whether a sample of the weights is what their tensors give: a row group of each matrix, or of
   * so many of them, the first and the last included. Tensors that have no data yet are passed
   * over.
   */
  boolean matchesInSample(MemorySegment weights) {
    List<Slot> slots = plan.slots();
    int count = Math.min(SAMPLE, slots.size());
    try {
      for (int i = 0; i < count; i++) {
        Slot slot = slots.get((int) ((long) i * (slots.size() - 1) / Math.max(1, count - 1)));
        PackedMatrix matrix = slot.matrix(weights);
        int group = (int) (i * 0x9e3779b9L % matrix.groups()); // here and there
        if (slot.tensor().hasData() && !new Packer(slot.tensor()).matches(group, matrix.data())) {
          return false;
        }
      }
      return true;
    } catch (InternalError e) { // a page of the file cannot be read
      return false;
    }
  }

  private void forEachGroup(
      MemorySegment weights, ThreadTeam team, LoadMonitor monitor, String phase, Work work) {
    List<Chunk> chunks = chunks();
    AtomicInteger next = new AtomicInteger();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    team.run(
        thread -> {
          try {
            int index;
            while (failure.get() == null && (index = next.getAndIncrement()) < chunks.size()) {
              Chunk chunk = chunks.get(index);
              Packer packer = new Packer(chunk.slot.tensor());
              MemorySegment matrix = chunk.slot.matrix(weights).data();
              for (int group = chunk.fromGroup; group < chunk.toGroup; group++) {
                work.accept(packer, group, matrix);
              }
              if (thread == 0) {
                monitor.progress(phase, (double) index / chunks.size());
              }
            }
          } catch (Throwable e) {
            failure.compareAndSet(null, e);
          }
        });
    switch (failure.get()) {
      case null -> monitor.progress(phase, 1);
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new AssertionError(e);
    }
  }

  private List<Chunk> chunks() {
    List<Chunk> chunks = new ArrayList<>();
    for (Slot slot : plan.slots()) {
      int groups = Math.ceilDiv(slot.tensor().rows(), Layout.GROUP_ROWS);
      int size = (int) Math.max(1, CHUNK_BYTES * groups / Math.max(1, slot.bytes()));
      for (int from = 0; from < groups; from += size) {
        chunks.add(new Chunk(slot, from, Math.min(from + size, groups)));
      }
    }
    return chunks;
  }
}

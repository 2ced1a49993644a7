// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.foreign.SystemMemory;
import dev.coterie.runtime.cpu.WeightPlan.Slot;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The packed weights of a graph, in memory of their own or as they lie in a {@link RepackedFile}.
 */
final class PackedWeights implements AutoCloseable {
  private static final String MISMATCH =
      "expected what the model's files give, found other weights";

  private final Arena arena;
  private final long copiedBytes;
  private final Map<MemorySegment, PackedMatrix> matrices = new IdentityHashMap<>();
  private final @Nullable RepackWriter writer;

  private PackedWeights(
      Arena arena,
      WeightPlan plan,
      MemorySegment weights,
      long copiedBytes,
      @Nullable RepackWriter writer) {
    this.arena = arena;
    this.copiedBytes = copiedBytes;
    this.writer = writer;
    for (Slot slot : plan.slots()) {
      matrices.put(slot.tensor().data(), slot.matrix(weights));
    }
  }

  /**
   * Maps the weights if a file has them; else packs them and begins to write the file.
   *
   * @param plan where they lie
   * @param file where they are kept; null for nowhere
   * @param team who packs
   * @param monitor hears the progress and may cancel
   * @return the weights; close them
   */
  @SuppressWarnings("MustBeClosed") // the weights close it
  static PackedWeights open(
      WeightPlan plan, @Nullable RepackedFile file, ThreadTeam team, LoadMonitor monitor) {
    PackedWeights kept = file == null ? null : mapped(plan, file, team, monitor);
    if (kept != null) {
      return kept;
    }
    Arena arena = Arena.ofShared();
    boolean packed = false;
    try {
      MemorySegment weights = SystemMemory.instance().allocate(plan.bytes(), arena);
      new WeightPacking(plan).pack(weights, team, monitor);
      packed = true;
      RepackWriter writer = file == null ? null : RepackWriter.start(file, weights);
      return new PackedWeights(arena, plan, weights, plan.bytes(), writer);
    } finally {
      if (!packed) {
        arena.close();
      }
    }
  }

  /** Whether a file has the weights, as far as a sample tells; one that has others is discarded. */
  static boolean areKept(WeightPlan plan, RepackedFile file) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment weights = file.map(arena);
      if (weights == null || new WeightPacking(plan).matchesInSample(weights)) {
        return weights != null;
      }
    }
    file.discard(MISMATCH); // once it is not mapped
    return false;
  }

  @SuppressWarnings("MustBeClosed") // the weights close it
  private static @Nullable PackedWeights mapped(
      WeightPlan plan, RepackedFile file, ThreadTeam team, LoadMonitor monitor) {
    Arena arena = Arena.ofShared();
    boolean taken = false;
    try {
      MemorySegment weights = file.map(arena);
      if (weights == null) {
        return null;
      }
      WeightPacking packing = new WeightPacking(plan);
      taken =
          file.verifies()
              ? packing.matches(weights, team, monitor)
              : packing.matchesInSample(weights);
      if (taken) {
        file.touch();
        return new PackedWeights(arena, plan, weights, 0, null);
      }
    } finally {
      if (!taken) {
        arena.close();
      }
    }
    file.discard(MISMATCH); // once it is not mapped
    return null;
  }

  /** The packed form of a tensor of the graph. */
  PackedMatrix find(Tensor tensor) {
    PackedMatrix matrix = matrices.get(tensor.data());
    if (matrix == null) {
      throw new AssertionError("tensor '" + tensor.name() + "' was not packed");
    }
    return matrix;
  }

  /** The memory that the weights take, beside the system's file cache. */
  long copiedBytes() {
    return copiedBytes;
  }

  @Override
  public void close() {
    if (writer != null) {
      writer.close(); // it reads the memory
    }
    arena.close();
  }
}

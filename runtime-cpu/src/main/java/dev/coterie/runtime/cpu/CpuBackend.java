// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.MemoryPlan;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.WeightCache;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The CPU with the kernels of one tier and a thread team. */
final class CpuBackend implements Backend {
  private final Kernels kernels;
  private final ThreadTeam team;

  CpuBackend(Kernels kernels, int threads) {
    this.kernels = kernels;
    team = new ThreadTeam(threads, "coterie-cpu");
  }

  @Override
  public String description() {
    return "cpu: "
        + kernels.tier()
        + " tier, "
        + kernels.details()
        + ", "
        + team.size()
        + " threads";
  }

  @Override
  public MemoryPlan estimate(Graph graph, Limits limits) {
    return estimate(graph, limits, null);
  }

  @Override
  public MemoryPlan estimate(Graph graph, Limits limits, @Nullable WeightCache cache) {
    HeapMemory heap = HeapMemory.estimating();
    Planner planner =
        new Planner(
            graph, limits, CpuBackend::unpacked, kernels, team.size(), heap, Arena.global());
    planner.plan();
    Set<MemorySegment> packed = Collections.newSetFromMap(new IdentityHashMap<>());
    WeightPlan weights = WeightPlan.of(graph);
    weights.slots().forEach(slot -> packed.add(slot.tensor().data()));
    RepackedFile file = RepackedFile.of(cache, weights);
    boolean kept = file != null && PackedWeights.areKept(weights, file);
    long mapped = kept ? weights.bytes() : 0;
    long read = 0;
    for (Operation operation : graph.operations()) {
      boolean looksUp = operation instanceof Operation.Embed;
      long bytes = 0;
      for (Tensor tensor : operation.tensors()) {
        boolean copy = !looksUp && packed.contains(tensor.data());
        bytes += copy ? WeightPlan.bytes(tensor) : tensor.bytes();
      }
      mapped += looksUp ? bytes : 0;
      read += operation.usedByRow(bytes);
    }
    CacheContents contents = new CacheContents(graph, planner.cache(), limits);
    long pagedBytes = Math.multiplyExact(planner.cache().blockBytes(), (long) limits.cacheBlocks());
    long scratch =
        heap.bytes()
            + team.size() * new Worker(kernels, planner.maxKeySize(), 0).bytes()
            + team.size() * (long) Float.BYTES * planner.maxTemporary();
    return new MemoryPlan(
        kept ? 0 : weights.bytes(),
        mapped,
        read,
        contents.parts(),
        (long) limits.cacheBlocks() * Limits.BLOCK_TOKENS,
        contents.bytes(),
        scratch,
        scratch + contents.bytes() - pagedBytes);
  }

  /** A matrix whose weights are not there yet. */
  private static PackedMatrix unpacked(Tensor tensor) {
    return new PackedMatrix(
        Packer.layout(tensor), tensor.rows(), tensor.columns(), MemorySegment.NULL);
  }

  @Override
  public Executable compile(Graph graph, Limits limits, LoadMonitor monitor) {
    return compile(graph, limits, null, monitor);
  }

  @Override
  @SuppressWarnings("MustBeClosed") // the executable closes the arena
  public Executable compile(
      Graph graph, Limits limits, @Nullable WeightCache cache, LoadMonitor monitor) {
    WeightPlan weightPlan = WeightPlan.of(graph);
    RepackedFile file = RepackedFile.of(cache, weightPlan);
    PackedWeights weights = PackedWeights.open(weightPlan, file, team, monitor);
    Arena arena = Arena.ofShared();
    try {
      Planner planner =
          new Planner(
              graph, limits, weights::find, kernels, team.size(), HeapMemory.allocating(), arena);
      List<Step> steps = planner.plan();
      return new CpuExecutable(planner, steps, limits.maxRows(), weights, kernels, arena, team);
    } catch (RuntimeException | Error e) {
      arena.close();
      weights.close();
      throw e;
    }
  }

  @Override
  public void close() {
    team.close();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.MemoryPlan;
import dev.coterie.foreign.SystemMemory;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The CPU with the kernels of one tier and a thread team. */
final class CpuBackend implements Backend {
  /** The packed bytes that a thread writes between two looks at progress and cancellation. */
  private static final long CHUNK_BYTES = 1L << 20;

  /** The alignment of a matrix. */
  private static final long LINE_BYTES = 64;

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
    HeapMemory heap = HeapMemory.estimating();
    Planner planner =
        new Planner(
            graph, limits, CpuBackend::unpacked, kernels, team.size(), heap, Arena.global());
    planner.plan();
    Set<MemorySegment> packed = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Tensor> tensors = matrices(graph);
    tensors.forEach(tensor -> packed.add(tensor.data()));
    long mapped = 0;
    long read = 0;
    for (Operation operation : graph.operations()) {
      boolean looksUp = operation instanceof Operation.Embed;
      long bytes = 0;
      for (Tensor tensor : operation.tensors()) {
        boolean copy = !looksUp && packed.contains(tensor.data());
        bytes += copy ? packedBytes(tensor) : tensor.bytes();
      }
      mapped += looksUp ? bytes : 0;
      read += operation.usedByRow(bytes);
    }
    CacheContents cache = new CacheContents(graph, planner.cache(), limits);
    long pagedBytes = Math.multiplyExact(planner.cache().blockBytes(), (long) limits.cacheBlocks());
    long scratch =
        heap.bytes()
            + team.size() * new Worker(kernels, planner.maxKeySize(), 0).bytes()
            + team.size() * (long) Float.BYTES * planner.maxTemporary();
    return new MemoryPlan(
        packedBytes(tensors),
        mapped,
        read,
        cache.parts(),
        (long) limits.cacheBlocks() * Limits.BLOCK_TOKENS,
        cache.bytes(),
        scratch,
        scratch + cache.bytes() - pagedBytes);
  }

  /** A matrix whose weights are not there yet. */
  private static PackedMatrix unpacked(Tensor tensor) {
    return new PackedMatrix(
        Packer.layout(tensor), tensor.rows(), tensor.columns(), MemorySegment.NULL);
  }

  @Override
  @SuppressWarnings("MustBeClosed") // the executable closes the arena
  public Executable compile(Graph graph, Limits limits, LoadMonitor monitor) {
    Arena arena = Arena.ofShared();
    try {
      Map<MemorySegment, PackedMatrix> matrices = pack(graph, arena, monitor);
      Planner planner =
          new Planner(
              graph,
              limits,
              tensor -> find(matrices, tensor),
              kernels,
              team.size(),
              HeapMemory.allocating(),
              arena);
      List<Step> steps = planner.plan();
      long weightBytes = packedBytes(matrices(graph));
      return new CpuExecutable(planner, steps, limits.maxRows(), weightBytes, kernels, arena, team);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  private static PackedMatrix find(Map<MemorySegment, PackedMatrix> matrices, Tensor tensor) {
    PackedMatrix matrix = matrices.get(tensor.data());
    if (matrix == null) {
      throw new AssertionError("tensor '" + tensor.name() + "' was not packed");
    }
    return matrix;
  }

  /** Groups of one matrix. */
  private record Chunk(Tensor tensor, PackedMatrix matrix, int fromGroup, int toGroup) {}

  /** The tensors that are packed, each once. */
  private static List<Tensor> matrices(Graph graph) {
    List<Tensor> tensors = new ArrayList<>();
    for (Operation operation : graph.operations()) {
      switch (operation) {
        case Operation.Linear linear -> tensors.add(linear.weight());
        case Operation.Logits logits -> tensors.add(logits.weight());
        case Operation.MlaAttention attention -> {
          tensors.addAll(attention.keyUp());
          tensors.addAll(attention.valueUp());
        }
        case Operation.HyperWeights hyper -> tensors.add(hyper.function());
        case Operation.HyperHead head -> tensors.add(head.function());
        case Operation.GroupedLinear grouped -> tensors.addAll(grouped.weights());
        case Operation.Experts experts -> {
          tensors.addAll(experts.gate());
          tensors.addAll(experts.up());
          tensors.addAll(experts.down());
        }
        default -> {}
      }
    }
    Map<MemorySegment, Tensor> known = new IdentityHashMap<>();
    return tensors.stream().filter(t -> known.put(t.data(), t) == null).toList();
  }

  private static long packedBytes(Tensor tensor) {
    return Math.multiplyExact(
        Math.ceilDiv(tensor.rows(), Layout.GROUP_ROWS),
        PackedMatrix.groupBytes(Packer.layout(tensor), tensor.columns()));
  }

  /** The room for some tensors, each aligned. */
  private static long packedBytes(List<Tensor> tensors) {
    long bytes = 0;
    for (Tensor tensor : tensors) {
      long lines = Math.ceilDiv(packedBytes(tensor), LINE_BYTES);
      bytes = Math.addExact(bytes, lines * LINE_BYTES);
    }
    return bytes;
  }

  private Map<MemorySegment, PackedMatrix> pack(Graph graph, Arena arena, LoadMonitor monitor) {
    List<Tensor> tensors = matrices(graph);
    SegmentAllocator room =
        SegmentAllocator.slicingAllocator(
            SystemMemory.instance().allocate(packedBytes(tensors), arena));
    Map<MemorySegment, PackedMatrix> matrices = new IdentityHashMap<>();
    List<Chunk> chunks = new ArrayList<>();
    for (Tensor tensor : tensors) {
      PackedMatrix matrix =
          new PackedMatrix(
              Packer.layout(tensor),
              tensor.rows(),
              tensor.columns(),
              room.allocate(packedBytes(tensor), LINE_BYTES));
      matrices.put(tensor.data(), matrix);
      int groups = matrix.groups();
      int size = (int) Math.max(1, CHUNK_BYTES / matrix.groupBytes());
      for (int from = 0; from < groups; from += size) {
        chunks.add(new Chunk(tensor, matrix, from, Math.min(from + size, groups)));
      }
    }
    AtomicInteger next = new AtomicInteger();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    team.run(
        thread -> {
          try {
            int index;
            while (failure.get() == null && (index = next.getAndIncrement()) < chunks.size()) {
              Chunk chunk = chunks.get(index);
              Packer packer = new Packer(chunk.tensor);
              for (int group = chunk.fromGroup; group < chunk.toGroup; group++) {
                packer.pack(group, chunk.matrix.data());
              }
              if (thread == 0) {
                monitor.progress("repack weights", (double) index / chunks.size());
              }
            }
          } catch (Throwable e) {
            failure.compareAndSet(null, e);
          }
        });
    switch (failure.get()) {
      case null -> monitor.progress("repack weights", 1);
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new AssertionError(e);
    }
    return matrices;
  }

  @Override
  public void close() {
    team.close();
  }
}

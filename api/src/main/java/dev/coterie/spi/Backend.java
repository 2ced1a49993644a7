// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import dev.coterie.MemoryPlan;
import org.jspecify.annotations.Nullable;

/** An open device. Safe for use by several threads. The engine closes it, after its executables. */
public interface Backend extends AutoCloseable {
  /**
   * What computes, for people, such as {@code cpu: vector tier, 512 bits, 2 threads}.
   *
   * @return a line of text
   */
  String description();

  /**
   * What {@link #compile} would take for a graph, and what its executable would take in the end.
   * Takes nothing itself.
   *
   * @param graph what to compute; its tensors need no data
   * @param limits what to plan for
   * @return the memory
   * @throws dev.coterie.UnsupportedModelException if an operation is not supported
   * @throws ArithmeticException if a buffer would be too large to be addressed
   */
  MemoryPlan estimate(Graph graph, Limits limits);

  /**
   * As {@link #estimate(Graph, Limits)}, where weights may be kept from an earlier load. Those that
   * are found count as mapped, not as copied.
   *
   * @param graph what to compute; its tensors need no data
   * @param limits what to plan for
   * @param cache where to look; null for nowhere
   * @return the memory
   * @throws dev.coterie.UnsupportedModelException if an operation is not supported
   * @throws ArithmeticException if a buffer would be too large to be addressed
   */
  default MemoryPlan estimate(Graph graph, Limits limits, @Nullable WeightCache cache) {
    return estimate(graph, limits);
  }

  /**
   * Makes a graph ready to run: places the weights (repacked, if that pays) and plans memory.
   *
   * @param graph what to compute; its tensors stay valid until the executable is closed
   * @param limits what to plan for
   * @param monitor hears the progress and may cancel
   * @return the executable; close it
   * @throws dev.coterie.UnsupportedModelException if an operation is not supported
   * @throws java.util.concurrent.CancellationException if the monitor says so; nothing stays behind
   */
  Executable compile(Graph graph, Limits limits, LoadMonitor monitor);

  /**
   * As {@link #compile(Graph, Limits, LoadMonitor)}; takes weights that are kept from an earlier
   * load, or keeps them for a later one. What cannot be read or written there never fails a load. A
   * backend that repacks nothing need not implement it.
   *
   * @param graph what to compute; its tensors stay valid until the executable is closed
   * @param limits what to plan for
   * @param cache where to keep weights; null for nowhere
   * @param monitor hears the progress and may cancel
   * @return the executable; close it
   * @throws dev.coterie.UnsupportedModelException if an operation is not supported
   * @throws java.util.concurrent.CancellationException if the monitor says so; nothing stays behind
   */
  default Executable compile(
      Graph graph, Limits limits, @Nullable WeightCache cache, LoadMonitor monitor) {
    return compile(graph, limits, monitor);
  }

  @Override
  void close();
}

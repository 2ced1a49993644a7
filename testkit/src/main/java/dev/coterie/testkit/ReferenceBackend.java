// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.CachePart;
import dev.coterie.MemoryPlan;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import java.util.List;

/** A backend that interprets graphs in double precision. Any engine test can run on it. */
public final class ReferenceBackend implements Backend {
  private final ReferenceOps operations;
  private volatile boolean closed;

  /** The reference. */
  public ReferenceBackend() {
    this(new ReferenceOps());
  }

  /**
   * A backend that computes with given operations.
   *
   * @param operations compute the rows
   */
  public ReferenceBackend(ReferenceOps operations) {
    this.operations = operations;
  }

  @Override
  public String description() {
    return "reference: double precision, 1 thread";
  }

  /** Weights stay where they are; the cache is in double precision, whatever the limits say. */
  @Override
  public MemoryPlan estimate(Graph graph, Limits limits) {
    long weights = 0;
    long values = 0; // of a token, in all layers
    for (Operation operation : graph.operations()) {
      weights += operation.tensors().stream().mapToLong(Tensor::bytes).sum();
      values +=
          switch (operation) {
            case Operation.Attention a -> a.key().width() + a.value().width();
            case Operation.MlaAttention a -> a.latent().width() + a.keyRope().width();
            case Operation.SelectPositions select -> 2 * select.key().width();
            case Operation.CompressedAttention a ->
                2 * a.key().width() + (a.compressor() == null ? 0 : width(a.compressor()));
            case Operation.SelectEntries select -> width(select.compressor());
            default -> 0;
          };
    }
    long tokens = (long) limits.cacheBlocks() * Limits.BLOCK_TOKENS;
    long bytes = Double.BYTES * values;
    return new MemoryPlan(
        0,
        weights,
        graph.weightBytes(),
        List.of(new CachePart("all", graph.layers(), bytes)),
        tokens,
        bytes * tokens,
        0,
        bytes * tokens);
  }

  private static int width(Operation.Compressor compressor) {
    return compressor.values().width() + compressor.gates().width();
  }

  /**
   * Checks a graph and makes it ready to run.
   *
   * @throws IllegalArgumentException if the graph is not well-formed
   */
  @Override
  public ReferenceExecutable compile(Graph graph, Limits limits, LoadMonitor monitor) {
    if (closed) {
      throw new IllegalStateException("backend is closed");
    }
    monitor.progress("compile", 0);
    ReferenceExecutable executable = new ReferenceExecutable(operations, graph, limits);
    monitor.progress("compile", 1);
    return executable;
  }

  @Override
  public void close() {
    closed = true;
  }
}

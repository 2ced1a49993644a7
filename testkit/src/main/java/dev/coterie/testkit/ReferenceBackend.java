// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Backend;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;

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

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

/**
 * A graph that is ready to run, with its weights and its paged cache. For use by one thread at a
 * time.
 *
 * <p>The cache is a set of numbered blocks of {@link Limits#BLOCK_TOKENS} tokens. Who uses which
 * block is the engine's business; the executable writes the keys and values of a batch's rows where
 * the batch says, and allots memory to a block when it is first written.
 */
public interface Executable extends AutoCloseable {
  /**
   * Computes one batch: writes the cache entries of its rows and the logits of those rows that want
   * them, and counts the experts of those segments that want it. Allocates nothing once every kind
   * of batch has been seen.
   *
   * @param batch the rows; receives the logits
   * @throws IllegalStateException if the executable is closed
   */
  void run(Batch batch);

  /**
   * The memory in use for repacked weights, scratch space and cache; with every block of the cache
   * written, the {@link dev.coterie.MemoryPlan#totalBytes()} of its plan.
   *
   * @return bytes
   */
  long memoryBytes();

  @Override
  void close();
}

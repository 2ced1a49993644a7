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
   * @throws IllegalStateException if the executable is closed, or if a segment starts at a position
   *     that {@link #resumable} would not give; nothing is computed then
   */
  void run(Batch batch);

  /**
   * From where a sequence can go on that is to be taken back. Keys and values let it go on from any
   * position that was computed. Some graphs (DeepSeek-V4) also need a state of the last tokens,
   * which is not kept for all positions: see the backend's documentation. Blocks that sequences
   * share are to be shared up to such a position, and one that stays; what the same batch computes
   * cannot be shared in it.
   *
   * @param blockTable the sequence's cache blocks, in order
   * @param position the position to go on from, up to the number of tokens that were computed
   * @return the position itself, or the next before it that will do; at least 0, which always does
   */
  default int resumable(int[] blockTable, int position) {
    return position;
  }

  /**
   * Takes note that blocks are no longer used by any sequence, so that what is kept besides their
   * keys and values is free for others. Without it nothing goes wrong, but memory may exceed its
   * plan.
   *
   * @param blocks block numbers
   * @param count how many of these, from the first on
   */
  default void release(int[] blocks, int count) {}

  /**
   * The memory in use for repacked weights, scratch space and cache. With every block of the cache
   * written it comes to the {@link dev.coterie.MemoryPlan#totalBytes()} of its plan; less, if fewer
   * sequences did so than {@link Limits#sequences()}.
   *
   * @return bytes
   */
  long memoryBytes();

  @Override
  void close();
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.cache;

import dev.coterie.spi.Limits;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of a paged key-value cache, each of {@link Limits#BLOCK_TOKENS} tokens. A sequence
 * reserves as many as it can ever need before its first token and takes them one by one as it
 * grows, so it never waits for a block midway and two sequences cannot block each other. The block
 * that was freed last is taken first: memory that was never written stays untouched as long as it
 * can.
 *
 * <p>For use by one thread; the counts may be read by any.
 */
public final class BlockPool {
  private final int[] freeBlocks;
  private int numFree;
  private final AtomicInteger numUnreserved;
  private final ObjIntConsumer<int[]> released;

  /**
   * A pool of free blocks.
   *
   * @param blocks how many
   * @param released hears which blocks a sequence gives back, and how many; must not throw
   */
  public BlockPool(int blocks, ObjIntConsumer<int[]> released) {
    this.released = released;
    freeBlocks = new int[blocks];
    for (int i = 0; i < blocks; i++) {
      freeBlocks[i] = blocks - 1 - i;
    }
    numFree = blocks;
    numUnreserved = new AtomicInteger(blocks);
  }

  /**
   * The blocks that a number of tokens lie in.
   *
   * @param tokens how many
   * @return blocks
   */
  public static int blocks(int tokens) {
    return (int) (((long) tokens + Limits.BLOCK_TOKENS - 1) / Limits.BLOCK_TOKENS);
  }

  /**
   * Reserves room for a sequence.
   *
   * @param tokens the most tokens it can come to
   * @return its table, still empty; release it. Null if there is not enough room now
   * @throws IllegalArgumentException if there never can be
   */
  public @Nullable BlockTable reserve(int tokens) {
    int blocks = blocks(tokens);
    if (blocks > freeBlocks.length) {
      throw new IllegalArgumentException(
          "tokens: expected at most " + capacity() + ", found " + tokens);
    }
    if (blocks > numUnreserved.get()) {
      return null;
    }
    BlockTable table = new BlockTable(this, blocks);
    numUnreserved.addAndGet(-blocks);
    return table;
  }

  /**
   * The tokens that all blocks hold.
   *
   * @return tokens
   */
  public int capacity() {
    return (int) Math.min(Integer.MAX_VALUE, (long) freeBlocks.length * Limits.BLOCK_TOKENS);
  }

  /**
   * How many blocks there are.
   *
   * @return blocks
   */
  public int size() {
    return freeBlocks.length;
  }

  /**
   * How many blocks are neither taken nor reserved.
   *
   * @return blocks
   */
  public int available() {
    return numUnreserved.get();
  }

  int take() {
    return freeBlocks[--numFree];
  }

  void release(int[] blocks, int taken, int reserved) {
    released.accept(blocks, taken);
    for (int i = taken - 1; i >= 0; i--) {
      freeBlocks[numFree++] = blocks[i];
    }
    numUnreserved.addAndGet(reserved);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.cache;

import dev.coterie.spi.Limits;
import java.util.Arrays;

/** The cache blocks of one sequence, in order. For use by the thread of its {@link BlockPool}. */
public final class BlockTable {
  private final BlockPool pool;
  private final int reserved;
  private int[] blocks;
  private int taken;
  private boolean released;

  BlockTable(BlockPool pool, int reserved) {
    this.pool = pool;
    this.reserved = reserved;
    blocks = new int[Math.min(reserved, 16)];
  }

  /**
   * Takes the blocks that are still missing for a number of tokens.
   *
   * @param tokens how many, at most what was reserved
   * @return the block numbers; valid until the next call, and not to be changed
   * @throws IllegalStateException if more is asked for than was reserved, or after release
   */
  public int[] grow(int tokens) {
    int need = BlockPool.blocks(tokens);
    if (released || need > reserved) {
      throw new IllegalStateException(
          released
              ? "the block table is released"
              : "tokens: expected at most " + reserved * Limits.BLOCK_TOKENS + ", found " + tokens);
    }
    if (need > blocks.length) {
      blocks = Arrays.copyOf(blocks, Math.min(reserved, Math.max(need, 2 * blocks.length)));
    }
    while (taken < need) {
      blocks[taken++] = pool.take();
    }
    return blocks;
  }

  /** Gives everything back. Doing so twice does nothing. */
  public void release() {
    if (!released) {
      released = true;
      pool.release(blocks, taken, reserved);
    }
  }
}

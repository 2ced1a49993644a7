// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Limits;

/**
 * Which cache blocks keep what of the tokens that entries are made of, for all compressors with the
 * same windows. Blocks of a sequence that ended late keep the values and gates of their tokens;
 * overlapping windows also need the end of a block, which is kept at anchors for good. The rest is
 * given up.
 *
 * <p>A batch reads what is kept of tokens before its own, and writes that of its own. What it might
 * read stays until it is over, so that segments do not get in each other's way. For use by one
 * thread, but for {@link #tokens}, {@link #ends} and {@link #entries}, which do not change while a
 * batch is computed.
 */
final class WindowState {
  private static final int TOKENS = Limits.BLOCK_TOKENS;

  private final CompressionWindows windows;
  private final BlockSlots tokens;
  private final BlockSlots ends;
  private final BlockSlots entries;
  private final int[] computed; // by block: tokens that a batch computed to its end

  WindowState(CompressionWindows windows, HeapMemory heap, int maxBlocks) {
    this.windows = windows;
    tokens = new BlockSlots(heap, maxBlocks);
    ends = new BlockSlots(heap, maxBlocks);
    entries = new BlockSlots(heap, maxBlocks);
    computed = heap.ints(maxBlocks);
  }

  CompressionWindows windows() {
    return windows;
  }

  /** Blocks that keep the values and gates of their tokens. */
  BlockSlots tokens() {
    return tokens;
  }

  /** Blocks that keep what the next block's first entry takes in. */
  BlockSlots ends() {
    return ends;
  }

  /** Blocks in which entries lie. */
  BlockSlots entries() {
    return entries;
  }

  /** Whether all is there that a sequence needs to go on from a position. */
  boolean isComplete(int[] table, int position) {
    int own = position / TOKENS;
    for (int b = windows.firstRead(position); b * TOKENS < position; b++) {
      int block = table[b];
      BlockSlots needed = windows.overlaps() && b < own ? ends : tokens;
      if (!needed.has(block) || computed[block] < Math.min(TOKENS, position - b * TOKENS)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Gives up what no segment of a batch reads and nothing after it needs, and what a segment
   * computes anew.
   */
  void trim(Batch batch) {
    for (int s = 0; s < batch.numSegments(); s++) {
      int start = start(batch, s);
      int end = end(batch, s);
      int read = windows.firstRead(start);
      int[] table = batch.blockTable(s);
      int own = windows.overlaps() ? start / TOKENS : read;
      trim(table, Math.min(own, windows.firstKept(end)), Math.min(read, windows.firstEnd(end)));
      for (int b = start / TOKENS; b * TOKENS < end; b++) {
        computed[table[b]] = Math.min(computed[table[b]], Math.max(0, start - b * TOKENS));
      }
    }
  }

  /** Gives up what stands before some blocks. */
  private void trim(int[] table, int firstKept, int firstEnd) {
    for (int b = firstKept - 1; b >= 0 && tokens.has(table[b]); b--) {
      tokens.free(table[b]);
    }
    if (!windows.anchorsOnly()) {
      for (int b = firstEnd - 1; b >= 0 && ends.has(table[b]); b--) {
        if (!windows.isAnchor(b)) {
          ends.free(table[b]);
        }
      }
    }
  }

  /** Makes room for what a batch computes. */
  void begin(Batch batch) {
    for (int s = 0; s < batch.numSegments(); s++) {
      int start = start(batch, s);
      int end = end(batch, s);
      int[] table = batch.blockTable(s);
      for (int b = start / TOKENS; b * TOKENS < end; b++) {
        int block = table[b];
        if (b >= windows.firstKept(end)) {
          tokens.take(block);
        } else if (b * TOKENS >= start) {
          tokens.free(block);
        }
        boolean ended = (b + 1) * TOKENS <= end;
        boolean kept = windows.isAnchor(b) || b >= windows.firstEnd(end);
        set(ends, block, windows.overlaps() && ended && kept);
        set(entries, block, windows.completesIn(b));
      }
    }
  }

  private static void set(BlockSlots slots, int block, boolean wanted) {
    if (wanted) {
      slots.take(block);
    } else {
      slots.free(block);
    }
  }

  /** Takes note of a batch that was computed to its end. */
  void end(Batch batch) {
    for (int s = 0; s < batch.numSegments(); s++) {
      int start = start(batch, s);
      int end = end(batch, s);
      int[] table = batch.blockTable(s);
      for (int b = start / TOKENS; b * TOKENS < end; b++) {
        computed[table[b]] = Math.min(TOKENS, end - b * TOKENS);
      }
      int old = Math.ceilDiv(start, TOKENS); // blocks of this batch are as they should be
      trim(
          table,
          Math.min(old, windows.firstKept(end)),
          Math.min(start / TOKENS, windows.firstEnd(end)));
    }
  }

  /** Gives up all that a block keeps. */
  void release(int block) {
    tokens.free(block);
    ends.free(block);
    entries.free(block);
    computed[block] = 0;
  }

  private static int start(Batch batch, int segment) {
    return batch.position(batch.segmentStart(segment));
  }

  private static int end(Batch batch, int segment) {
    return batch.position(batch.segmentStart(segment + 1) - 1) + 1;
  }
}

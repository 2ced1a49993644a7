// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Limits;
import java.lang.foreign.MemorySegment;

/**
 * The batch under way, and how its rows are cut into tiles for attention. Filled anew for each run.
 */
final class Run {
  /** Neighboring rows, which share cache lines where they are prepared, go to one thread. */
  private static final int MOST_ROWS_OF_UNIT = 12;

  private static final int UNITS_PER_THREAD = 4;

  Batch batch;
  float[] logits = {}; // [numLogits, vocabulary]
  MemorySegment logitsSegment = MemorySegment.ofArray(logits);
  float[] hidden = {}; // [numRows, width]
  int rowsOfUnit = 1; // for steps that treat each row by itself
  int tiles; // stretches of rows of one segment, for attention
  private final int[] tileStart;
  private final int tileRows; // the most rows of a tile
  private final int threads;

  Run(int maxRows, int tileRows, int threads) {
    this.tileRows = tileRows;
    this.threads = threads;
    batch = new Batch(0);
    tileStart = new int[maxRows + 1];
  }

  void begin(Batch next, PagedCache cache) {
    batch = next;
    rowsOfUnit = Math.clamp(next.numRows() / (UNITS_PER_THREAD * threads), 1, MOST_ROWS_OF_UNIT);
    tiles = 0;
    for (int segment = 0; segment < next.numSegments(); segment++) {
      int start = next.segmentStart(segment);
      int end = next.segmentStart(segment + 1);
      for (int row = start; row < end; row += tileRows) {
        tileStart[tiles++] = row;
      }
      int[] table = next.blockTable(segment);
      int lastBlock = next.position(end - 1) / Limits.BLOCK_TOKENS;
      for (int b = next.position(start) / Limits.BLOCK_TOKENS; b <= lastBlock; b++) {
        cache.allot(table[b]);
      }
    }
    tileStart[tiles] = next.numRows();
  }

  /** Where logits go. */
  @SuppressWarnings("ReferenceEquality") // whether it is the same room, not what it holds
  void setLogits(float[] room) {
    if (room != logits) {
      logits = room;
      logitsSegment = MemorySegment.ofArray(room);
    }
  }

  int tileStart(int tile) {
    return tileStart[tile];
  }

  int rows() {
    return batch.numRows();
  }
}

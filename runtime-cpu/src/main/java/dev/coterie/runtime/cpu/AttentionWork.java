// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Limits;

/**
 * One thread's share of an attention: a few query vectors that see the same keys and values. They
 * belong to consecutive rows of one sequence, the same heads of each; those of a row follow each
 * other. Mutable, so that it can be used again.
 */
public final class AttentionWork {
  /** The most queries of a share. */
  public static final int MAX_QUERIES = 32;

  public float[] query = {}; // query i at queryOffset + i · queryStride
  public int queryOffset;
  public int queryStride;
  public float[] output = {}; // output i at outputOffset + i · outputStride
  public int outputOffset;
  public int outputStride;
  public int queries;
  public int firstPosition; // of query 0
  public int queriesPerRow; // heads
  public int keySize;
  public int valueSize; // where the cache has no values, they are the first values of the keys
  public float scale;
  public int windowSize; // 0 for none
  public int chunkSize; // 0 for none
  public float[] sinks = {}; // scores without a value: the first head has that at sinkOffset
  public int sinkOffset;
  public int[] selected = {}; // a bit for each position that is seen, if selecting
  public boolean selecting;
  public KeyPanels extra = KeyPanels.NONE; // seen by every query beside the cache
  public int extraPanels;
  public int layer;
  public int keyValueHead;
  public int[] blockTable = {};
  public PagedCache cache = PagedCache.NONE;

  int position(int query) {
    return firstPosition + query / queriesPerRow;
  }

  /** The position of the last query. */
  public int lastPosition() {
    return position(queries - 1);
  }

  /** The first position that any query sees, down to a whole block. */
  public int firstBlockPosition() {
    int first = firstVisible(firstPosition);
    return first - first % Limits.BLOCK_TOKENS;
  }

  private int firstVisible(int position) {
    if (windowSize > 0) {
      return Math.max(0, position - windowSize + 1);
    }
    return chunkSize > 0 ? position - position % chunkSize : 0;
  }

  /**
   * Finds out which tokens of a block each query sees.
   *
   * @param first the position of the block's first token
   * @param bits set to {@link #visible(int, int)} of each query
   * @return whether any query sees any
   */
  public boolean visible(int first, int[] bits) {
    int any = 0;
    for (int query = 0; query < queries; query++) {
      bits[query] = visible(query, first);
      any |= bits[query];
    }
    return any != 0;
  }

  /** Whether any query sees a token of the block whose first token is at this position. */
  public boolean sees(int first) {
    for (int query = 0; query < queries; query++) {
      if (visible(query, first) != 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * What a query's weighted sum is multiplied with in the end.
   *
   * @param query the query
   * @param most the largest score
   * @param total the sum of the weights, which are relative to it
   * @return one over the sum, with the sink's share in it
   */
  public float closing(int query, float most, float total) {
    if (sinks.length == 0) {
      return 1 / total;
    }
    float sink = sinks[sinkOffset + query % queriesPerRow];
    float larger = Math.max(most, sink);
    float factor = (float) Math.exp(most - larger);
    return factor / (total * factor + (float) Math.exp(sink - larger));
  }

  /**
   * Which tokens of a block a query sees.
   *
   * @param query the query
   * @param first the position of the block's first token
   * @return bit t for token t
   */
  public int visible(int query, int first) {
    int position = position(query);
    int to = position - first + 1;
    int from = firstVisible(position) - first;
    if (to <= 0 || from >= Limits.BLOCK_TOKENS) {
      return 0;
    }
    int bits = to >= Limits.BLOCK_TOKENS ? -1 : (1 << to) - 1;
    if (from > 0) {
      bits &= -1 << from;
    }
    return selecting ? bits & selected[first / Limits.BLOCK_TOKENS] : bits;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import dev.coterie.CacheType;

/**
 * What an executable is planned for.
 *
 * @param maxRows the most rows of a batch
 * @param cacheBlocks how many blocks of {@link #BLOCK_TOKENS} tokens the cache may grow to
 * @param cacheType how keys and values are kept
 * @param sequences how many sequences are likely to go on at the same time; what a graph keeps of
 *     each, besides the blocks, is planned for so many
 */
public record Limits(int maxRows, int cacheBlocks, CacheType cacheType, int sequences) {
  /** The number of tokens in a block of the paged cache. */
  public static final int BLOCK_TOKENS = 32;

  /**
   * Limits for as many sequences as a batch has rows.
   *
   * @param maxRows the most rows of a batch
   * @param cacheBlocks how many blocks the cache may grow to
   * @param cacheType how keys and values are kept
   */
  public Limits(int maxRows, int cacheBlocks, CacheType cacheType) {
    this(maxRows, cacheBlocks, cacheType, maxRows);
  }
}

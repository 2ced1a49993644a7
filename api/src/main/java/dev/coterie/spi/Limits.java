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
 */
public record Limits(int maxRows, int cacheBlocks, CacheType cacheType) {
  /** The number of tokens in a block of the paged cache. */
  public static final int BLOCK_TOKENS = 32;
}

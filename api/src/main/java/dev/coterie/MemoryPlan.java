// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.List;

/**
 * The memory that a model takes on a device, by what it is for. Weights and scratch space are taken
 * at load; the cache grows to its size as tokens come in.
 *
 * @param copiedWeightBytes the weights that the device keeps in a form of its own
 * @param mappedWeightBytes the weights that are read where they lie in files, the model's own or
 *     those of a {@link RepackCache}; they belong to the system's file cache and are not part of
 *     {@link #totalBytes()}
 * @param weightBytesPerToken the weights that are read to generate a token, in the device's form
 * @param cache what a token adds to the cache, part by part
 * @param cacheTokens how many tokens the cache holds, in whole blocks
 * @param cacheBytes the full cache's size
 * @param scratchBytes activations and what else a step needs
 * @param heapBytes how much of cache and scratch lies on Java's heap, which {@code -Xmx} limits
 */
public record MemoryPlan(
    long copiedWeightBytes,
    long mappedWeightBytes,
    long weightBytesPerToken,
    List<CachePart> cache,
    long cacheTokens,
    long cacheBytes,
    long scratchBytes,
    long heapBytes) {
  /** Copies the list. */
  public MemoryPlan {
    cache = List.copyOf(cache);
  }

  /**
   * The same with more scratch space on Java's heap.
   *
   * @param bytes how much
   * @return a plan
   */
  public MemoryPlan plusScratch(long bytes) {
    return new MemoryPlan(
        copiedWeightBytes,
        mappedWeightBytes,
        weightBytesPerToken,
        cache,
        cacheTokens,
        cacheBytes,
        Math.addExact(scratchBytes, bytes),
        Math.addExact(heapBytes, bytes));
  }

  /**
   * What a token adds to the cache.
   *
   * @return bytes, the parts together
   */
  public double cacheBytesPerToken() {
    return cache.stream().mapToDouble(CachePart::bytesPerToken).sum();
  }

  /**
   * What is taken in the end: copied weights, the full cache and scratch space.
   *
   * @return bytes
   */
  public long totalBytes() {
    return Math.addExact(Math.addExact(copiedWeightBytes, cacheBytes), scratchBytes);
  }
}

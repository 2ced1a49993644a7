// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.List;

/**
 * How often the router of one layer chose each of its experts for one generation.
 *
 * @param layer the layer, from 0
 * @param expertsPerToken how many experts each token is sent to
 * @param counts one number an expert: the tokens that were sent to it
 */
public record ExpertRouting(int layer, int expertsPerToken, List<Integer> counts) {
  /** Copies the list. */
  public ExpertRouting {
    counts = List.copyOf(counts);
  }

  /**
   * The tokens that went through the layer.
   *
   * @return tokens: of the prompt those that were not found in the cache, and of the answer all but
   *     the last, which is never computed
   */
  public long tokens() {
    return counts.stream().mapToLong(Integer::longValue).sum() / expertsPerToken;
  }
}

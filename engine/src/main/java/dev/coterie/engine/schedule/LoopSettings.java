// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import java.util.List;
import java.util.Set;

/**
 * What a {@link StepLoop} needs to know of its model.
 *
 * @param contextLength the most tokens that prompt and answer may have together
 * @param maxRows the most rows of a batch, as the executable was planned for
 * @param maxSequences the most sequences that are computed at the same time
 * @param cacheBlocks how many cache blocks there are, as the executable was planned for
 * @param vocabulary how many logits a row has
 * @param endOfGeneration the tokens that end an answer
 * @param hiddenWidth values of a row's hidden state, or 0 if the executable gives none
 * @param mixtures the layers with experts, in the graph's order
 */
public record LoopSettings(
    int contextLength,
    int maxRows,
    int maxSequences,
    int cacheBlocks,
    int vocabulary,
    int hiddenWidth,
    Set<Integer> endOfGeneration,
    List<Mixture> mixtures) {
  /**
   * Checks the numbers and copies the collections.
   *
   * @throws IllegalArgumentException if a number is below 1, or the width of hidden states is
   *     negative
   */
  public LoopSettings {
    require(contextLength, "contextLength");
    require(maxRows, "maxRows");
    require(maxSequences, "maxSequences");
    require(cacheBlocks, "cacheBlocks");
    require(vocabulary, "vocabulary");
    if (hiddenWidth < 0) {
      throw new IllegalArgumentException("hiddenWidth: expected at least 0, found " + hiddenWidth);
    }
    endOfGeneration = Set.copyOf(endOfGeneration);
    mixtures = List.copyOf(mixtures);
  }

  private static void require(int value, String name) {
    if (value < 1) {
      throw new IllegalArgumentException(name + ": expected at least 1, found " + value);
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.config;

import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.format.Metadata;
import dev.coterie.spi.Operation.Scoring;

/**
 * The sizes and the router of a mixture of experts; names are those of Hugging Face's {@code
 * config.json}.
 *
 * @param nRoutedExperts experts that rows are routed to
 * @param numExpertsPerTok how many of them a row uses
 * @param moeIntermediateSize width between an expert's projections
 * @param nSharedExperts experts that every row uses, as one of that many times the width; 0 for
 *     none
 * @param scoringFunc what becomes of the router's logits
 * @param normTopkProb whether the weights of the chosen are divided by their sum
 * @param routedScalingFactor multiplies the weights
 * @param nGroup groups of experts; 1 for none
 * @param topkGroup groups that take part
 */
public record MoeConfig(
    int nRoutedExperts,
    int numExpertsPerTok,
    int moeIntermediateSize,
    int nSharedExperts,
    Scoring scoringFunc,
    boolean normTopkProb,
    float routedScalingFactor,
    int nGroup,
    int topkGroup) {
  private static final int MAX_EXPERTS = 1 << 14;
  private static final int MAX_WIDTH = 1 << 20;

  /**
   * Reads the keys of a GGUF file.
   *
   * @param metadata the keys
   * @param architecture their prefix, such as {@code deepseek2}
   * @throws dev.coterie.ModelFormatException if a key is missing, out of range or at odds with
   *     another
   * @throws UnsupportedModelException if the gating function is not known
   */
  public static MoeConfig of(Metadata metadata, String architecture) {
    String prefix = architecture + ".";
    int experts = metadata.integer(prefix + "expert_count", 1, MAX_EXPERTS);
    String usedKey = prefix + "expert_used_count";
    int used = metadata.integer(usedKey, 1, MAX_EXPERTS);
    if (used > experts) {
      throw metadata.fault(usedKey, "expected at most expert_count " + experts + ", found " + used);
    }
    String groupsKey = prefix + "expert_group_count";
    int groups = Math.max(1, metadata.integer(groupsKey, 0, MAX_EXPERTS, 1));
    if (experts % groups != 0) {
      throw metadata.fault(
          groupsKey, "expected a divisor of expert_count " + experts + ", found " + groups);
    }
    String groupsUsedKey = prefix + "expert_group_used_count";
    int groupsUsed = Math.max(1, metadata.integer(groupsUsedKey, 0, MAX_EXPERTS, groups));
    if (groupsUsed > groups || used > experts / groups * groupsUsed) {
      throw metadata.fault(
          groupsUsedKey,
          "expected groups of "
              + experts / groups
              + " experts for "
              + used
              + " to choose, at most "
              + groups
              + ", found "
              + groupsUsed);
    }
    int gating = metadata.integer(prefix + "expert_gating_func", 0, 1 << 10, 1);
    Scoring scoring =
        switch (gating) {
          case 0, 1, 3 -> Scoring.SOFTMAX; // 3 is the softmax over the chosen: normalized
          case 2 -> Scoring.SIGMOID;
          case 4 -> Scoring.SQRT_SOFTPLUS;
          default ->
              throw new UnsupportedModelException(
                  architecture, "expert gating function " + gating + " is not supported");
        };
    int denseWidth =
        metadata.contains(prefix + "expert_feed_forward_length")
            ? 1
            : metadata.integer(prefix + "feed_forward_length", 1, MAX_WIDTH);
    double scale = metadata.number(prefix + "expert_weights_scale", 1);
    return new MoeConfig(
        experts,
        used,
        metadata.integer(prefix + "expert_feed_forward_length", 1, MAX_WIDTH, denseWidth),
        metadata.integer(prefix + "expert_shared_count", 0, MAX_EXPERTS, 0),
        scoring,
        metadata.bool(prefix + "expert_weights_norm", gating == 3),
        scale == 0 ? 1 : (float) scale,
        groups,
        groupsUsed);
  }

  /** The same with normalized weights: for architectures whose files do not say so. */
  public MoeConfig normalized() {
    return new MoeConfig(
        nRoutedExperts,
        numExpertsPerTok,
        moeIntermediateSize,
        nSharedExperts,
        scoringFunc,
        true,
        routedScalingFactor,
        nGroup,
        topkGroup);
  }
}

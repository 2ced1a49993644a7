// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.config;

import dev.coterie.engine.format.Metadata;
import java.util.Arrays;

/**
 * The sizes of DeepSeek-V4; names are those of Hugging Face's {@code config.json}.
 *
 * @param hiddenSize width of a residual stream
 * @param numHiddenLayers number of blocks
 * @param numAttentionHeads query heads; there is one head of keys
 * @param headDim values a head
 * @param qLoraRank rank of the query's projection
 * @param oGroups groups of heads in the output projection
 * @param oLoraRank rank of each group's output projection
 * @param slidingWindow tokens that attention sees uncompressed
 * @param compressRatios for each block: 0 for the window alone, else the tokens of a compressed
 *     entry
 * @param indexNHeads heads of the indexer
 * @param indexHeadDim values of an index head
 * @param indexTopk entries that the indexer selects
 * @param swigluLimit for each block, the bound of the routed experts
 * @param numHashLayers how many blocks at the start route by token id
 * @param hcMult residual streams
 * @param hcSinkhornIters iterations that make the streams' matrix doubly stochastic
 * @param hcEps keeps the streams' weights from 0
 * @param rmsNormEps keeps the norms' root from 0
 * @param rope rotary embedding of the blocks that see the window alone
 * @param compressRope rotary embedding of all others
 */
@SuppressWarnings("ArrayRecordComponent")
public record DeepSeekV4Config(
    int hiddenSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int headDim,
    int qLoraRank,
    int oGroups,
    int oLoraRank,
    int slidingWindow,
    int[] compressRatios,
    int indexNHeads,
    int indexHeadDim,
    int indexTopk,
    float[] swigluLimit,
    int numHashLayers,
    int hcMult,
    int hcSinkhornIters,
    float hcEps,
    float rmsNormEps,
    RopeConfig rope,
    RopeConfig compressRope) {
  private static final int MAX_LAYERS = 1 << 10;
  private static final int MAX_HEADS = 1 << 12;
  private static final int MAX_WIDTH = 1 << 20;

  /**
   * Reads the keys of a GGUF file.
   *
   * @throws dev.coterie.ModelFormatException if a key is missing, out of range or at odds with
   *     another
   */
  public static DeepSeekV4Config of(Metadata metadata) {
    String prefix = "deepseek4.";
    int layers = metadata.integer(prefix + "block_count", 1, MAX_LAYERS);
    int heads = metadata.integer(prefix + "attention.head_count", 1, MAX_HEADS);
    int headDim = metadata.integer(prefix + "attention.key_length", 2, MAX_HEADS);
    String groupsKey = prefix + "attention.output_group_count";
    int groups = metadata.integer(groupsKey, 1, MAX_HEADS);
    if (heads % groups != 0) {
      throw metadata.fault(
          groupsKey, "expected a divisor of head_count " + heads + ", found " + groups);
    }
    String ratiosKey = prefix + "attention.compress_ratios";
    long[] ratios = metadata.integers(ratiosKey);
    if (ratios.length < layers) {
      throw metadata.fault(
          ratiosKey, "expected at least " + layers + " integers, found " + ratios.length);
    }
    int[] compressRatios = new int[layers];
    for (int i = 0; i < layers; i++) {
      if (ratios[i] < 0
          || ratios[i] > 1 << 20
          || (ratios[i] < 32 && ratios[i] > 0 && 32 % ratios[i] != 0)) {
        throw metadata.fault(
            ratiosKey, "expected 0, a divisor of 32 or more than that, found " + ratios[i]);
      }
      compressRatios[i] = (int) ratios[i];
    }
    int rotary = metadata.integer(prefix + "rope.dimension_count", 2, headDim);
    RopeConfig rope = RopeConfig.of(metadata, prefix, rotary);
    double compressTheta = metadata.number(prefix + "attention.compress_rope_freq_base");
    return new DeepSeekV4Config(
        metadata.integer(prefix + "embedding_length", 1, MAX_WIDTH),
        layers,
        heads,
        headDim,
        metadata.integer(prefix + "attention.q_lora_rank", 1, MAX_WIDTH),
        groups,
        metadata.integer(prefix + "attention.output_lora_rank", 1, MAX_WIDTH),
        metadata.integer(prefix + "attention.sliding_window", 1, Integer.MAX_VALUE),
        compressRatios,
        metadata.integer(prefix + "attention.indexer.head_count", 1, MAX_HEADS, 1),
        metadata.integer(prefix + "attention.indexer.key_length", rotary, MAX_HEADS, rotary),
        metadata.integer(prefix + "attention.indexer.top_k", 1, MAX_WIDTH, 1),
        limits(metadata, prefix + "swiglu_clamp_exp", layers),
        metadata.integer(prefix + "hash_layer_count", 0, layers, 0),
        metadata.integer(prefix + "hyper_connection.count", 1, 64),
        metadata.integer(prefix + "hyper_connection.sinkhorn_iterations", 1, 1 << 10),
        positive(metadata, prefix + "hyper_connection.epsilon"),
        positive(metadata, prefix + "attention.layer_norm_rms_epsilon"),
        new RopeConfig(rotary, rope.ropeTheta(), new RopeConfig.Scaling.None()),
        new RopeConfig(rotary, compressTheta, rope.scaling()));
  }

  private static float positive(Metadata metadata, String key) {
    double value = metadata.number(key);
    if (!((float) value > 0)) {
      throw metadata.fault(key, "expected a number above 0, found " + value);
    }
    return (float) value;
  }

  /** One number a block, from an array or from a scalar; none is no bound. */
  private static float[] limits(Metadata metadata, String key, int layers) {
    float[] limits = new float[layers];
    Arrays.fill(limits, Float.POSITIVE_INFINITY);
    if (!metadata.contains(key)) {
      return limits;
    }
    if (!(metadata.values().get(key) instanceof double[] array)) {
      Arrays.fill(limits, positive(metadata, key));
      return limits;
    }
    if (array.length < layers) {
      throw metadata.fault(key, "expected " + layers + " numbers, found " + array.length);
    }
    for (int i = 0; i < layers; i++) {
      if (!(array[i] > 0)) {
        throw metadata.fault(key, "expected numbers above 0, found " + array[i]);
      }
      limits[i] = (float) array[i];
    }
    return limits;
  }
}

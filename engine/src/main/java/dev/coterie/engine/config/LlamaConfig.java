// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.config;

import dev.coterie.engine.format.Metadata;

/**
 * The sizes of a Llama-like model; names are those of Hugging Face's {@code config.json}.
 *
 * @param hiddenSize width of the residual stream
 * @param numHiddenLayers number of blocks
 * @param numAttentionHeads query heads
 * @param numKeyValueHeads key and value heads; divides {@code numAttentionHeads}
 * @param headDim values a head
 * @param intermediateSize width of the feed-forward layer
 * @param rmsNormEps keeps the norms' root from 0
 * @param maxPositionEmbeddings the longest context that the model was made for
 * @param rope rotary embedding
 */
public record LlamaConfig(
    int hiddenSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int numKeyValueHeads,
    int headDim,
    int intermediateSize,
    float rmsNormEps,
    int maxPositionEmbeddings,
    RopeConfig rope) {
  private static final int MAX_LAYERS = 1 << 10;
  private static final int MAX_HEADS = 1 << 12;
  private static final int MAX_WIDTH = 1 << 20;

  /**
   * Reads the keys of a GGUF file.
   *
   * @param metadata the keys
   * @param architecture their prefix, such as {@code llama}
   * @throws dev.coterie.ModelFormatException if a key is missing or out of range
   */
  public static LlamaConfig of(Metadata metadata, String architecture) {
    String prefix = architecture + ".";
    int layers = metadata.integer(prefix + "block_count", 1, MAX_LAYERS);
    int hiddenSize = metadata.integer(prefix + "embedding_length", 1, MAX_WIDTH);
    String headsKey = prefix + "attention.head_count";
    int heads = same(metadata, headsKey, layers, MAX_HEADS);
    String keyValueKey = prefix + "attention.head_count_kv";
    int keyValueHeads =
        metadata.contains(keyValueKey) ? same(metadata, keyValueKey, layers, MAX_HEADS) : heads;
    if (heads % keyValueHeads != 0) {
      throw metadata.fault(
          keyValueKey, "expected a divisor of " + heads + " heads, found " + keyValueHeads);
    }
    String headDimKey = prefix + "attention.key_length";
    if (!metadata.contains(headDimKey) && hiddenSize % heads != 0) {
      throw metadata.fault(
          headsKey, "expected a divisor of embedding_length " + hiddenSize + ", found " + heads);
    }
    int headDim = metadata.integer(headDimKey, 1, 1 << 12, Math.max(1, hiddenSize / heads));
    String valueKey = prefix + "attention.value_length";
    int valueDim = metadata.integer(valueKey, 1, 1 << 12, headDim);
    if (valueDim != headDim) {
      throw metadata.fault(valueKey, "expected " + headDim + " as key_length, found " + valueDim);
    }
    String epsilonKey = prefix + "attention.layer_norm_rms_epsilon";
    double epsilon = metadata.number(epsilonKey);
    if (!((float) epsilon > 0)) {
      throw metadata.fault(epsilonKey, "expected a number above 0, found " + epsilon);
    }
    return new LlamaConfig(
        hiddenSize,
        layers,
        heads,
        keyValueHeads,
        headDim,
        same(metadata, prefix + "feed_forward_length", layers, MAX_WIDTH),
        (float) epsilon,
        metadata.integer(prefix + "context_length", 1, Integer.MAX_VALUE),
        RopeConfig.of(metadata, prefix, headDim));
  }

  /** A value that may be given for each layer, but must be the same for all. */
  private static int same(Metadata metadata, String key, int layers, int most) {
    int[] values = metadata.integerPerLayer(key, layers, 1, most);
    for (int value : values) {
      if (value != values[0]) {
        throw metadata.fault(
            key, "expected the same value for all layers, found " + values[0] + " and " + value);
      }
    }
    return values[0];
  }
}

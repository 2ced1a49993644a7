// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.config;

import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.format.Metadata;

/**
 * The sizes of a DeepSeek model with multi-head latent attention; names are those of Hugging Face's
 * {@code config.json}.
 *
 * @param hiddenSize width of the residual stream
 * @param numHiddenLayers number of blocks, without those for multi-token prediction
 * @param numNextnPredictLayers number of those, which follow
 * @param numAttentionHeads heads
 * @param qLoraRank rank of the query's projection; 0 for a direct one
 * @param kvLoraRank width of the latent vector
 * @param qkNopeHeadDim values of a head's query that are not rotated
 * @param qkRopeHeadDim values that are
 * @param vHeadDim values of a head's output
 * @param intermediateSize width of the dense feed-forward layers
 * @param firstKDenseReplace how many blocks at the start have a dense feed-forward layer
 * @param rmsNormEps keeps the norms' root from 0
 * @param rope rotary embedding
 */
public record MlaConfig(
    int hiddenSize,
    int numHiddenLayers,
    int numNextnPredictLayers,
    int numAttentionHeads,
    int qLoraRank,
    int kvLoraRank,
    int qkNopeHeadDim,
    int qkRopeHeadDim,
    int vHeadDim,
    int intermediateSize,
    int firstKDenseReplace,
    float rmsNormEps,
    RopeConfig rope) {
  private static final int MAX_LAYERS = 1 << 10;
  private static final int MAX_HEADS = 1 << 12;
  private static final int MAX_WIDTH = 1 << 20;
  private static final int MAX_HEAD = 1 << 12;

  /**
   * Reads the keys of a GGUF file.
   *
   * @param metadata the keys
   * @param architecture their prefix, such as {@code deepseek2}
   * @throws dev.coterie.ModelFormatException if a key is missing or out of range
   * @throws UnsupportedModelException if the file is of the time before latent attention was split
   */
  public static MlaConfig of(Metadata metadata, String architecture) {
    String prefix = architecture + ".";
    String keyLength = prefix + "attention.key_length_mla";
    if (!metadata.contains(keyLength)) {
      throw new UnsupportedModelException(
          architecture,
          "key '"
              + keyLength
              + "' is missing: the file was made before latent attention was stored in two halves;"
              + " make it again with a converter of 2025 or later");
    }
    int blocks = metadata.integer(prefix + "block_count", 1, MAX_LAYERS);
    String predictKey = prefix + "nextn_predict_layers";
    int predicting = metadata.integer(predictKey, 0, MAX_LAYERS, 0);
    if (predicting >= blocks) {
      throw metadata.fault(
          predictKey, "expected less than block_count " + blocks + ", found " + predicting);
    }
    int rotary = metadata.integer(prefix + "rope.dimension_count", 2, MAX_HEAD);
    int headDim = metadata.integer(keyLength, 1, MAX_HEAD);
    if (rotary >= headDim) {
      throw metadata.fault(
          keyLength, "expected more than rope.dimension_count " + rotary + ", found " + headDim);
    }
    String epsilonKey = prefix + "attention.layer_norm_rms_epsilon";
    double epsilon = metadata.number(epsilonKey);
    if (!((float) epsilon > 0)) {
      throw metadata.fault(epsilonKey, "expected a number above 0, found " + epsilon);
    }
    int layers = blocks - predicting;
    return new MlaConfig(
        metadata.integer(prefix + "embedding_length", 1, MAX_WIDTH),
        layers,
        predicting,
        metadata.integer(prefix + "attention.head_count", 1, MAX_HEADS),
        metadata.integer(prefix + "attention.q_lora_rank", 0, MAX_WIDTH, 0),
        metadata.integer(prefix + "attention.kv_lora_rank", 1, MAX_WIDTH),
        headDim - rotary,
        rotary,
        metadata.integer(prefix + "attention.value_length_mla", 1, MAX_HEAD),
        metadata.integer(prefix + "feed_forward_length", 1, MAX_WIDTH),
        metadata.integer(prefix + "leading_dense_block_count", 0, layers, 0),
        (float) epsilon,
        RopeConfig.of(metadata, prefix, rotary));
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.DataType;

/**
 * The sizes of a tiny dense model.
 *
 * @param architecture {@code llama} (rotates neighbors, no biases) or {@code qwen2} (rotates
 *     halves, biases on query, key and value)
 * @param layers the number of layers
 * @param hiddenSize the width of the residual
 * @param heads the number of query heads
 * @param keyValueHeads the number of key and value heads
 * @param headSize values a head
 * @param intermediateSize the width of the feed-forward
 * @param vocabulary the number of tokens
 * @param type how matrices are encoded; vectors are F32
 * @param tied whether the embedding table is the output projection too
 */
public record ModelShape(
    String architecture,
    int layers,
    int hiddenSize,
    int heads,
    int keyValueHeads,
    int headSize,
    int intermediateSize,
    int vocabulary,
    DataType type,
    boolean tied) {
  /** The number of tokens of {@link RandomModels}' tokenizer. */
  public static final int VOCABULARY = 320;

  /** Checks the architecture and that rows are whole blocks. */
  public ModelShape {
    if (!architecture.equals("llama") && !architecture.equals("qwen2")) {
      throw new IllegalArgumentException(
          "architecture: expected llama or qwen2, found " + architecture);
    }
    type.bytes(hiddenSize);
    type.bytes(intermediateSize);
    type.bytes((long) heads * headSize);
  }

  /**
   * Three layers of the {@code llama} architecture, as small as the type allows.
   *
   * @param type how matrices are encoded
   * @return the shape
   */
  public static ModelShape llama(DataType type) {
    return switch (type.blockSize()) {
      case 256 -> new ModelShape("llama", 3, 256, 4, 2, 64, 512, VOCABULARY, type, false);
      case 64 -> new ModelShape("llama", 3, 128, 4, 2, 32, 192, VOCABULARY, type, false);
      default -> new ModelShape("llama", 3, 96, 6, 2, 16, 160, VOCABULARY, type, false);
    };
  }

  /**
   * Two layers of the {@code qwen2} architecture with tied embeddings, as small as the type allows.
   *
   * @param type how matrices are encoded
   * @return the shape
   */
  public static ModelShape qwen2(DataType type) {
    return switch (type.blockSize()) {
      case 256 -> new ModelShape("qwen2", 2, 256, 2, 1, 128, 256, VOCABULARY, type, true);
      case 64 -> new ModelShape("qwen2", 2, 64, 2, 1, 32, 128, VOCABULARY, type, true);
      default -> new ModelShape("qwen2", 2, 64, 2, 1, 32, 96, VOCABULARY, type, true);
    };
  }

  /**
   * Whether query, key and value have biases.
   *
   * @return whether they do
   */
  public boolean biased() {
    return architecture.equals("qwen2");
  }

  /**
   * Whether rotary embeddings rotate neighbors.
   *
   * @return whether they do; else halves
   */
  public boolean interleaved() {
    return architecture.equals("llama");
  }

  /**
   * The epsilon of the norms.
   *
   * @return the epsilon
   */
  public float epsilon() {
    return biased() ? 1e-6f : 1e-5f;
  }

  /**
   * The base of the rotary frequencies.
   *
   * @return the base
   */
  public float ropeBase() {
    return biased() ? 1e6f : 1e4f;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Operation.Scoring;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of a model.
 *
 * @param architecture {@code llama} (rotates neighbors, no biases; with a mixture: Mixtral), {@code
 *     qwen2} (rotates halves, biases on query, key and value), {@code qwen3moe} (rotates halves,
 *     norms queries and keys) or {@code deepseek2} (latent attention)
 * @param layers the number of layers
 * @param hiddenSize the width of the residual
 * @param heads the number of query heads
 * @param keyValueHeads the number of key and value heads
 * @param headSize values a head of query and key
 * @param intermediateSize the width of the feed-forward
 * @param vocabulary the number of tokens
 * @param type how matrices are encoded; vectors are F32
 * @param tied whether the embedding table is the output projection too
 * @param latent the sizes of latent attention, for {@code deepseek2}; else null
 * @param mixture the sizes of the mixture, or null for a dense model
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
    boolean tied,
    @Nullable Latent latent,
    @Nullable Mixture mixture) {
  /**
   * The sizes of latent attention.
   *
   * @param queryRank the width of the query's latent; 0 for none, as in the Lite models
   * @param rank the width of the latent of key and value
   * @param rope the values of a head that are rotated, its last
   * @param valueSize values a head of the output
   */
  public record Latent(int queryRank, int rank, int rope, int valueSize) {}

  /**
   * The sizes of a mixture of experts.
   *
   * @param experts how many there are
   * @param used how many a token is routed to
   * @param intermediateSize the width of an expert
   * @param denseLayers how many layers at the beginning have none
   * @param shared how many experts' width the shared expert has; 0 for none
   * @param scoring what becomes of the router's logits
   * @param biased whether a bias steers the choice
   * @param groups how many groups of experts; 1 for none
   * @param groupsUsed how many of them take part
   * @param normalize whether weights are divided by their sum
   * @param scale multiplies the weights
   */
  public record Mixture(
      int experts,
      int used,
      int intermediateSize,
      int denseLayers,
      int shared,
      Scoring scoring,
      boolean biased,
      int groups,
      int groupsUsed,
      boolean normalize,
      float scale) {}

  /** The number of tokens of {@link RandomModels}' tokenizer. */
  public static final int VOCABULARY = 320;

  /** The sizes of a dense model with grouped-query attention; the parameters as above. */
  public ModelShape(
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
    this(
        architecture,
        layers,
        hiddenSize,
        heads,
        keyValueHeads,
        headSize,
        intermediateSize,
        vocabulary,
        type,
        tied,
        null,
        null);
  }

  /** Checks the architecture and that rows are whole blocks. */
  public ModelShape {
    if (!List.of("llama", "qwen2", "qwen3moe", "deepseek2").contains(architecture)
        || architecture.equals("deepseek2") != (latent != null)) {
      throw new IllegalArgumentException(
          "architecture: expected llama, qwen2, qwen3moe, or deepseek2 with latent attention, found "
              + architecture);
    }
    if (mixture != null) {
      type.bytes(mixture.intermediateSize());
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
   * Mixtral: {@code llama} with experts in every layer, the best 2 of 8.
   *
   * @param type how matrices are encoded
   * @return the shape
   */
  public static ModelShape mixtral(DataType type) {
    int unit = Math.max(32, type.blockSize());
    Mixture mixture = new Mixture(8, 2, 2 * unit, 0, 0, Scoring.SOFTMAX, false, 1, 1, true, 1);
    return mixed("llama", 2 * unit, 4, 2, unit / 2, type, null, mixture);
  }

  /**
   * Two layers of the {@code qwen3moe} architecture; heads are wider than the residual.
   *
   * @param type how matrices are encoded
   * @return the shape
   */
  public static ModelShape qwen3moe(DataType type) {
    int unit = Math.max(32, type.blockSize());
    Mixture mixture = new Mixture(16, 4, unit, 0, 0, Scoring.SOFTMAX, false, 1, 1, true, 1);
    return mixed("qwen3moe", 2 * unit, 4, 2, unit, type, null, mixture);
  }

  /**
   * Three layers of the {@code deepseek2} architecture as DeepSeek-V2-Lite has it: no latent of the
   * query, softmax, no groups, two shared experts; the first layer is dense.
   *
   * @param type how matrices are encoded; blocks of at most 32
   * @return the shape
   */
  public static ModelShape deepseekLite(DataType type) {
    Mixture mixture = new Mixture(8, 3, 32, 1, 2, Scoring.SOFTMAX, false, 1, 1, false, 1);
    return mixed("deepseek2", 96, 4, 1, 48, type, new Latent(0, 64, 16, 32), mixture);
  }

  /**
   * Three layers of the {@code deepseek2} architecture as DeepSeek-V3 has it: a latent of the
   * query, sigmoid, groups, a bias, a shared expert; the first layer is dense.
   *
   * @param type how matrices are encoded; blocks of at most 32
   * @return the shape
   */
  public static ModelShape deepseek(DataType type) {
    Mixture mixture = new Mixture(16, 4, 32, 1, 1, Scoring.SIGMOID, true, 4, 2, true, 2.5f);
    return mixed("deepseek2", 96, 4, 1, 48, type, new Latent(64, 64, 16, 32), mixture);
  }

  private static ModelShape mixed(
      String architecture,
      int hiddenSize,
      int heads,
      int keyValueHeads,
      int headSize,
      DataType type,
      @Nullable Latent latent,
      Mixture mixture) {
    return new ModelShape(
        architecture,
        mixture.denseLayers() + 2,
        hiddenSize,
        heads,
        keyValueHeads,
        headSize,
        hiddenSize,
        VOCABULARY,
        type,
        false,
        latent,
        mixture);
  }

  /**
   * The mixture of a layer.
   *
   * @param layer which layer
   * @return the sizes, or null where the layer is dense
   */
  public @Nullable Mixture mixture(int layer) {
    return mixture != null && layer >= mixture.denseLayers() ? mixture : null;
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
    return architecture.equals("llama") || architecture.equals("deepseek2");
  }

  /**
   * The epsilon of the norms.
   *
   * @return the epsilon
   */
  public float epsilon() {
    return architecture.equals("llama") ? 1e-5f : 1e-6f;
  }

  /**
   * The base of the rotary frequencies.
   *
   * @return the base
   */
  public float ropeBase() {
    return architecture.startsWith("qwen") ? 1e6f : 1e4f;
  }
}

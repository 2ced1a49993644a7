// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.testkit.GgufWriter.ValueType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Writes tiny random models as complete GGUF files, with a byte-level BPE tokenizer of {@link
 * ModelShape#VOCABULARY} tokens: the 256 bytes, some merges, and three control tokens.
 */
public final class RandomModels {
  /**
   * The pairs that the tokenizer merges, first come first merged; a space is written as in GPT-2.
   */
  private static final List<String> MERGES =
      List.of(
          "Ġ t", "h e", "Ġ a", "i n", "r e", "o n", "Ġt he", "e r", "Ġ s", "a t", "Ġ w", "Ġ o",
          "e n", "Ġ c", "i t", "i s", "a n", "o r", "e s", "Ġ b", "e d", "Ġ f", "in g", "Ġ p",
          "o u", "Ġa n", "a l", "a r", "Ġt o", "Ġ m", "Ġo f", "Ġ in", "Ġ d", "Ġ h", "Ġan d", "i c",
          "l e", "Ġt h", "i on", "o m", "l l", "en t", "Ġ n", "Ġ l", "s t", "Ġ re", "v e", "Ġ e",
          "r o", "l y", "Ġb e", "Ġ g", "Ġ T", "c t", "Ġ S", "i d", "o t", "Ġ I", "u t", "e t",
          "Ġ A");

  /** The control tokens, the last of the vocabulary. */
  private static final List<String> CONTROLS =
      List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>");

  private static final String CHAT_TEMPLATE =
      "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' +"
          + " message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}"
          + "{{ '<|im_start|>assistant\\n' }}{% endif %}";

  private static final int CONTEXT_LENGTH = 512;

  /** The number of the kind of token that no text is made of. */
  private static final int UNUSED = 5;

  private RandomModels() {}

  /**
   * Writes a model.
   *
   * @param file where
   * @param shape the model's sizes; its vocabulary is {@link ModelShape#VOCABULARY}
   * @param seed the same seed gives the same file
   * @return {@code file}
   */
  public static Path write(Path file, ModelShape shape, long seed) {
    return writer(new RandomModel(shape, seed)).write(file);
  }

  /**
   * A file that holds a model, for more values to be put.
   *
   * @param model the weights
   * @return the file, not yet written
   */
  public static GgufWriter writer(RandomModel model) {
    GgufWriter writer = pairs(model.shape(), CONTEXT_LENGTH);
    model.tensors().values().forEach(writer::tensor);
    return writer;
  }

  /** All but the tensors. */
  static GgufWriter pairs(ModelShape shape, int contextLength) {
    String arch = shape.architecture();
    GgufWriter writer = new GgufWriter();
    writer.put("general.architecture", ValueType.STRING, arch);
    writer.put("general.name", ValueType.STRING, "random " + arch + " " + shape.type());
    writer.put("general.quantization_version", ValueType.UINT32, 2);
    writer.put(arch + ".block_count", ValueType.UINT32, shape.layers());
    writer.put(arch + ".context_length", ValueType.UINT32, contextLength);
    writer.put(arch + ".embedding_length", ValueType.UINT32, shape.hiddenSize());
    writer.put(arch + ".feed_forward_length", ValueType.UINT32, shape.intermediateSize());
    writer.put(arch + ".attention.head_count", ValueType.UINT32, shape.heads());
    writer.put(arch + ".attention.head_count_kv", ValueType.UINT32, shape.keyValueHeads());
    latent(writer, shape);
    mixture(writer, shape);
    writer.put(arch + ".attention.layer_norm_rms_epsilon", ValueType.FLOAT32, shape.epsilon());
    writer.put(arch + ".rope.freq_base", ValueType.FLOAT32, shape.ropeBase());
    writer.put(arch + ".vocab_size", ValueType.UINT32, shape.vocabulary());
    tokenizer(writer, shape.vocabulary());
    return writer;
  }

  private static void latent(GgufWriter writer, ModelShape shape) {
    String arch = shape.architecture();
    ModelShape.Latent latent = shape.latent();
    if (latent == null) {
      writer.put(arch + ".attention.key_length", ValueType.UINT32, shape.headSize());
      writer.put(arch + ".attention.value_length", ValueType.UINT32, shape.headSize());
      writer.put(arch + ".rope.dimension_count", ValueType.UINT32, shape.headSize());
      return;
    }
    int width = latent.rank() + latent.rope();
    if (latent.queryRank() > 0) {
      writer.put(arch + ".attention.q_lora_rank", ValueType.UINT32, latent.queryRank());
    }
    writer.put(arch + ".attention.kv_lora_rank", ValueType.UINT32, latent.rank());
    writer.put(arch + ".attention.key_length", ValueType.UINT32, width);
    writer.put(arch + ".attention.value_length", ValueType.UINT32, latent.rank());
    writer.put(arch + ".attention.key_length_mla", ValueType.UINT32, shape.headSize());
    writer.put(arch + ".attention.value_length_mla", ValueType.UINT32, latent.valueSize());
    writer.put(arch + ".rope.dimension_count", ValueType.UINT32, latent.rope());
  }

  private static void mixture(GgufWriter writer, ModelShape shape) {
    ModelShape.Mixture mixture = shape.mixture();
    if (mixture == null) {
      return;
    }
    String arch = shape.architecture();
    writer.put(arch + ".expert_count", ValueType.UINT32, mixture.experts());
    writer.put(arch + ".expert_used_count", ValueType.UINT32, mixture.used());
    writer.put(arch + ".expert_feed_forward_length", ValueType.UINT32, mixture.intermediateSize());
    if (!arch.equals("deepseek2")) {
      return; // the architecture says the rest
    }
    int scoring =
        switch (mixture.scoring()) {
          case SOFTMAX -> 1;
          case SIGMOID -> 2;
          case SQRT_SOFTPLUS -> 4;
        };
    writer.put(arch + ".leading_dense_block_count", ValueType.UINT32, mixture.denseLayers());
    writer.put(arch + ".expert_shared_count", ValueType.UINT32, mixture.shared());
    writer.put(arch + ".expert_gating_func", ValueType.UINT32, scoring);
    writer.put(arch + ".expert_group_count", ValueType.UINT32, mixture.groups());
    writer.put(arch + ".expert_group_used_count", ValueType.UINT32, mixture.groupsUsed());
    writer.put(arch + ".expert_weights_norm", ValueType.BOOL, mixture.normalize());
    writer.put(arch + ".expert_weights_scale", ValueType.FLOAT32, mixture.scale());
  }

  private static void tokenizer(GgufWriter writer, int size) {
    List<String> tokens = tokens();
    List<Integer> types = new ArrayList<>(Collections.nCopies(tokens.size(), 1));
    Collections.fill(types.subList(tokens.size() - CONTROLS.size(), tokens.size()), 3);
    while (tokens.size() < size) {
      tokens.add("[unused" + tokens.size() + "]");
      types.add(UNUSED);
    }
    writer.put("tokenizer.ggml.model", ValueType.STRING, "gpt2");
    writer.put("tokenizer.ggml.pre", ValueType.STRING, "gpt-2");
    writer.array("tokenizer.ggml.tokens", ValueType.STRING, tokens);
    writer.array("tokenizer.ggml.token_type", ValueType.INT32, types);
    writer.array("tokenizer.ggml.merges", ValueType.STRING, MERGES);
    writer.put("tokenizer.ggml.bos_token_id", ValueType.UINT32, tokens.indexOf("<|endoftext|>"));
    writer.put("tokenizer.ggml.eos_token_id", ValueType.UINT32, tokens.indexOf("<|im_end|>"));
    writer.put("tokenizer.ggml.add_bos_token", ValueType.BOOL, false);
    writer.put("tokenizer.chat_template", ValueType.STRING, CHAT_TEMPLATE);
  }

  /**
   * The tokenizer's vocabulary, in the order of the ids: bytes in their printable forms, by byte;
   * then merges; then control tokens.
   *
   * @return the tokens
   */
  public static List<String> tokens() {
    List<String> tokens = new ArrayList<>();
    int other = 256;
    for (int b = 0; b < 256; b++) {
      boolean itself = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
      tokens.add(Character.toString(itself ? b : other++));
    }
    MERGES.forEach(merge -> tokens.add(merge.replace(" ", "")));
    tokens.addAll(CONTROLS);
    return tokens;
  }

  /**
   * The pairs that the tokenizer merges, first come first merged.
   *
   * @return the pairs, their sides parted by a space
   */
  public static List<String> merges() {
    return MERGES;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.coterie.LoadOptions;
import dev.coterie.ModelFormatException;
import dev.coterie.testkit.GoldenModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Published checkpoints with a tensor more. */
class SurplusTensorTest {
  @TempDir Path directory;

  /** A golden folder with a tensor of one float added. */
  private Path folder(String golden, String tensor) throws IOException {
    Path from = GoldenModel.shared(golden).directory();
    for (String file : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
      Files.copy(from.resolve(file), directory.resolve(file));
    }
    byte[] weights = Files.readAllBytes(from.resolve("model.safetensors"));
    int start = 8 + (int) ByteBuffer.wrap(weights).order(ByteOrder.LITTLE_ENDIAN).getLong();
    String header = new String(weights, 8, start - 8, StandardCharsets.UTF_8).strip();
    int end = weights.length - start;
    String longer =
        header.substring(0, header.length() - 1)
            + ",\""
            + tensor
            + "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":["
            + end
            + ","
            + (end + 4)
            + "]}}";
    byte[] text = longer.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).array());
    out.writeBytes(text);
    out.writeBytes(Arrays.copyOfRange(weights, start, weights.length));
    out.writeBytes(new byte[4]);
    Files.write(directory.resolve("model.safetensors"), out.toByteArray());
    return directory;
  }

  private static Throwable load(Path folder) {
    return catchThrowable(() -> Models.load(folder, LoadOptions.builder()).close());
  }

  /** Ignored, they would give another model's answers without a word. */
  @ParameterizedTest
  @CsvSource({
    "llama, llama, model.layers.0.self_attn.sinks",
    "llama, llama, model.layers.7.input_layernorm.weight",
    "llama, llama, vision_model.patch_embedding.weight",
    "llama, llama, model.layers.0.self_attn.rotary_emb.inv_freq.scale",
    "qwen2, qwen2, model.layers.0.self_attn.q_norm.weight",
    "qwen3_moe, qwen3moe, model.layers.0.mlp.shared_expert.up_proj.weight",
    "qwen3_moe, qwen3moe, model.layers.9.enorm.weight",
    "deepseek_v3, deepseek2, model.layers.0.self_attn.indexer.wk.weight",
    "deepseek_v3, deepseek2, layers.99.enorm.weight",
    "deepseek_v3_fp8, deepseek2, model.layers.0.input_layernorm.weight_scale_inv",
    "deepseek_v4, deepseek4, aligner",
    "gpt_oss, gpt-oss, model.layers.0.mlp.experts.gate_up_proj_blocks_extra",
    "llama4, llama4, language_model.vision_model.weight"
  })
  void whatTheArchitectureDoesNotHaveIsRefused(String golden, String architecture, String tensor)
      throws IOException {
    Path folder = folder(golden, tensor);
    assertThat(load(folder))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(folder.resolve("model.safetensors") + " at byte ")
        .hasMessageEndingWith(
            ": tensor '"
                + tensor
                + "': expected only tensors of "
                + architecture
                + " models, found another");
  }

  /** Each by a rule. */
  @ParameterizedTest
  @CsvSource({
    "llama, model.layers.0.self_attn.rotary_emb.inv_freq",
    "qwen3_moe, model.rotary_emb.inv_freq",
    "deepseek_v3, model.layers.61.shared_head.head.weight",
    "deepseek_v32, model.layers.99.embed_tokens.weight",
    "llama4, vision_model.patch_embedding.linear.weight",
    "llama4, multi_modal_projector.linear_1.weight"
  })
  void whatPublishersLeaveInIsNotUsed(String golden, String tensor) throws IOException {
    assertThat(load(folder(golden, tensor))).isNull();
  }

  /** Their names have no prefix, but in checkpoints of transformers. */
  @ParameterizedTest
  @CsvSource({
    "mtp.0.enorm.weight",
    "vision.blocks.0.weight",
    "aligner.weight",
    "image_newline",
    "layers.3.ffn.gate.bias_vl"
  })
  void whatDeepSeekV4LeavesInIsNotUsed(String tensor) throws IOException {
    assertThat(load(folder("deepseek_v4", tensor))).isNull();
  }

  /** One beside embeddings that are not tied is used, and its shape is checked. */
  @Test
  void anOutputProjectionBesideTiedEmbeddingsIsNotUsed() throws IOException {
    Path folder = folder("qwen2", "lm_head.weight");
    assertThat(load(folder)).isNull();
    Path config = folder.resolve("config.json");
    String text = Files.readString(config);
    Files.writeString(
        config, text.replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"));
    assertThat(load(folder)).hasMessageContaining("tensor 'lm_head.weight': expected [512, ");
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The many ways in which checkpoints lay out the same weights. */
class HuggingFaceLayoutTest {
  private static final String FP8 =
      TinyFolder.DEEPSEEK_V3.replace(
          "\"model_type\"",
          "\"quantization_config\": {\"quant_method\": \"fp8\", \"weight_block_size\": [4, 2]},"
              + " \"model_type\"");

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {"model.", "", "language_model.model.", "model.language_model.", "language_model."})
  void prefixes(String prefix) throws IOException {
    Files.writeString(directory.resolve("config.json"), TinyFolder.LLAMA);
    new SafetensorsWriter()
        .counting(prefix + "embed_tokens.weight", 0, 16, 8)
        .counting(prefix + "layers.1.self_attn.q_proj.weight", 7, 8, 8)
        .counting(
            (prefix.startsWith("language_model.") ? "language_model." : "") + "lm_head.weight",
            9,
            16,
            8)
        .write(directory.resolve("model.safetensors"));
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      assertThat(values(checkpoint.tensor("token_embd.weight", 16, 8))).startsWith(0);
      assertThat(values(checkpoint.tensor("blk.1.attn_q.weight", 8, 8))).startsWith(7, 8);
      assertThat(values(checkpoint.tensor("output.weight", 16, 8))).startsWith(9);
      assertThat(checkpoint.find("blk.0.attn_q.weight")).isNull();
      assertThat(checkpoint.find("blk.1.attn_q.bias")).isNull();
      assertThat(checkpoint.find("rope_freqs.weight")).isNull();
      assertThat(checkpoint.permutesRotatedRows()).isFalse();
    }
  }

  @Test
  void tiedEmbeddingsHaveNoOutput() throws IOException {
    String config = TinyFolder.LLAMA.replace("{", "{\"tie_word_embeddings\": true,");
    TinyFolder.write(
        directory, config, new SafetensorsWriter().counting("lm_head.weight", 0, 16, 8));
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      assertThat(checkpoint.find("output.weight")).isNull();
    }
  }

  @Test
  void dataThatIsNotAligned() throws IOException {
    for (int spaces = 0; spaces < 4; spaces++) {
      TinyFolder.write(
          directory,
          TinyFolder.LLAMA,
          new SafetensorsWriter()
              .put("pad", "x".repeat(spaces))
              .tensor("model.norm.weight", "BF16", List.of(8L), new byte[16]));
      try (Checkpoint checkpoint = Checkpoints.open(directory)) {
        assertThat(values(checkpoint.tensor("token_embd.weight", 16, 8))).startsWith(0, 1, 2, 3);
      }
    }
  }

  /** Gate's rows before up's, as transformers saves DeepSeek and Qwen since version 5. */
  @Test
  void stackedExperts() throws IOException {
    TinyFolder.write(
        directory,
        TinyFolder.DEEPSEEK_V3,
        new SafetensorsWriter()
            .counting("model.layers.1.mlp.experts.gate_up_proj", 0, 2, 8, 8)
            .counting("model.layers.1.mlp.experts.down_proj", 0, 2, 8, 4));
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      List<Tensor> gate = checkpoint.experts("blk.1.ffn_gate_exps.weight", 2, 4, 8);
      List<Tensor> up = checkpoint.experts("blk.1.ffn_up_exps.weight", 2, 4, 8);
      List<Tensor> down = checkpoint.experts("blk.1.ffn_down_exps.weight", 2, 8, 4);
      assertThat(values(gate.get(0))).startsWith(0).endsWith(31);
      assertThat(values(up.get(0))).startsWith(32).endsWith(63);
      assertThat(values(gate.get(1))).startsWith(64).endsWith(95);
      assertThat(values(down.get(1))).startsWith(32).endsWith(63);
      assertThat(values(checkpoint.tensor("blk.1.ffn_up_exps.weight", 2, 4, 8)))
          .startsWith(32)
          .endsWith(127);
    }
  }

  /** Blocks of scales are cut apart where gate ends; if one reaches across, the values are F32. */
  @ParameterizedTest
  @CsvSource({"4, F8_E4M3", "6, F32"})
  void stackedExpertsInEightBits(int intermediate, DataType type) throws IOException {
    long rows = 2L * intermediate;
    byte[] codes = random(Math.toIntExact(2 * rows * 8), 0x7e);
    long scaleRows = Math.ceilDiv(rows, 4L);
    TinyFolder.write(
        directory,
        FP8,
        new SafetensorsWriter()
            .tensor(
                "model.layers.1.mlp.experts.gate_up_proj", "F8_E4M3", List.of(2L, rows, 8L), codes)
            .counting("model.layers.1.mlp.experts.gate_up_proj_scale_inv", 1, 2, scaleRows, 4));
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      List<Tensor> up = checkpoint.experts("blk.1.ffn_up_exps.weight", 2, intermediate, 8);
      assertThat(up.get(1).type()).isEqualTo(type);
      float[] found = values(up.get(1));
      for (int row = 0; row < intermediate; row++) {
        for (int column = 0; column < 8; column++) {
          long source = rows + intermediate + row;
          long scale = 1 + scaleRows * 4 + (intermediate + row) / 4 * 4 + column / 2;
          float code = decode(codes[(int) (source * 8 + column)]);
          assertThat(found[row * 8 + column]).isEqualTo(code * scale);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void mixtral(boolean old) throws IOException {
    String config =
        TinyFolder.LLAMA
            .replace("llama", "mixtral")
            .replace("{", "{\"num_local_experts\": 2, \"num_experts_per_tok\": 1,");
    SafetensorsWriter writer = new SafetensorsWriter();
    if (old) {
      writer.counting("model.layers.0.block_sparse_moe.gate.weight", 5, 2, 8);
      for (int e = 0; e < 2; e++) {
        writer
            .counting("model.layers.0.block_sparse_moe.experts." + e + ".w1.weight", 100, 12, 8)
            .counting("model.layers.0.block_sparse_moe.experts." + e + ".w2.weight", 200, 8, 12)
            .counting("model.layers.0.block_sparse_moe.experts." + e + ".w3.weight", 300, 12, 8);
      }
    } else {
      writer
          .counting("model.layers.0.mlp.gate.weight", 5, 2, 8)
          .counting("model.layers.0.mlp.experts.gate_up_proj", 100, 2, 24, 8)
          .counting("model.layers.0.mlp.experts.down_proj", 200, 2, 8, 12);
    }
    TinyFolder.write(directory, config, writer);
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      assertThat(checkpoint.metadata().values())
          .containsEntry("general.architecture", "llama")
          .containsEntry("llama.expert_count", 2L)
          .containsEntry("llama.expert_used_count", 1L);
      assertThat(values(checkpoint.tensor("blk.0.ffn_gate_inp.weight", 2, 8))).startsWith(5);
      assertThat(values(checkpoint.experts("blk.0.ffn_gate_exps.weight", 2, 12, 8).getFirst()))
          .startsWith(100);
      assertThat(values(checkpoint.experts("blk.0.ffn_up_exps.weight", 2, 12, 8).getFirst()))
          .startsWith(old ? 300 : 196);
      assertThat(values(checkpoint.experts("blk.0.ffn_down_exps.weight", 2, 8, 12).getFirst()))
          .startsWith(200);
    }
  }

  /** Blocks of 16 bytes, the even element low; gate's and up's rows alternate. */
  @Test
  void gptOssAsItIsPublished() throws IOException {
    String config =
        """
        {"model_type": "gpt_oss", "hidden_size": 64, "intermediate_size": 3,
         "num_hidden_layers": 1, "num_attention_heads": 2, "head_dim": 32,
         "num_local_experts": 2, "num_experts_per_tok": 1, "vocab_size": 16,
         "max_position_embeddings": 64, "quantization_config": {"quant_method": "mxfp4"}}
        """;
    byte[] blocks = random(2 * 6 * 2 * 16, 0xff);
    byte[] scales = random(2 * 6 * 2, 0x0f);
    for (int i = 0; i < scales.length; i++) {
      scales[i] += 120;
    }
    TinyFolder.write(
        directory,
        config,
        new SafetensorsWriter()
            .tensor(
                "model.layers.0.mlp.experts.gate_up_proj_blocks",
                "U8",
                List.of(2L, 6L, 2L, 16L),
                blocks)
            .tensor(
                "model.layers.0.mlp.experts.gate_up_proj_scales", "U8", List.of(2L, 6L, 2L), scales)
            .counting("model.layers.0.mlp.experts.gate_up_proj_bias", 0, 2, 6));
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      for (int part = 0; part < 2; part++) {
        String name = "blk.0.ffn_" + (part == 0 ? "gate" : "up") + "_exps";
        List<Tensor> experts = checkpoint.experts(name + ".weight", 2, 3, 64);
        for (int e = 0; e < 2; e++) {
          assertThat(experts.get(e).type()).isEqualTo(DataType.F4_E2M1);
          float[] found = values(experts.get(e));
          for (int i = 0; i < found.length; i++) {
            int row = e * 6 + 2 * (i / 64) + part;
            int column = i % 64;
            int codes = blocks[row * 32 + column / 2];
            int scale = scales[row * 2 + column / 32] & 0xff;
            float value = E2M1[codes >> (4 * (column % 2)) & 15];
            assertThat(found[i]).isEqualTo(value * (float) Math.pow(2, scale - 127));
          }
        }
        assertThat(values(checkpoint.tensor(name + ".bias", 2, 3)))
            .containsExactly(part, part + 2, part + 4, part + 6, part + 8, part + 10);
      }
    }
  }

  /** Llama 4: columns instead of rows, gate's before up's; vision weights are passed by. */
  @Test
  void llama4() throws IOException {
    String config =
        """
        {"model_type": "llama4", "vision_config": {"model_type": "llama4_vision_model"},
         "text_config": {"model_type": "llama4_text", "hidden_size": 8, "intermediate_size": 3,
         "intermediate_size_mlp": 5, "num_hidden_layers": 4, "num_attention_heads": 2,
         "head_dim": 4, "num_local_experts": 2, "num_experts_per_tok": 1, "vocab_size": 16,
         "max_position_embeddings": 64, "attention_chunk_size": 16, "interleave_moe_layer_step": 2,
         "no_rope_layers": []}}
        """;
    Files.writeString(directory.resolve("config.json"), config);
    new SafetensorsWriter()
        .counting("language_model.model.embed_tokens.weight", 0, 16, 8)
        .counting("vision_model.patch_embedding.linear.weight", 0, 2, 2)
        .counting("language_model.model.layers.1.feed_forward.experts.gate_up_proj", 0, 2, 8, 6)
        .counting("language_model.model.layers.1.feed_forward.experts.down_proj", 0, 2, 3, 8)
        .counting("language_model.model.layers.0.feed_forward.up_proj.weight", 4, 5, 8)
        .write(directory.resolve("model.safetensors"));
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      assertThat(values(checkpoint.experts("blk.1.ffn_gate_exps.weight", 2, 3, 8).get(1)))
          .startsWith(48, 54, 60)
          .endsWith(92);
      assertThat(values(checkpoint.experts("blk.1.ffn_up_exps.weight", 2, 3, 8).get(0)))
          .startsWith(3, 9, 15)
          .endsWith(47);
      assertThat(values(checkpoint.experts("blk.1.ffn_down_exps.weight", 2, 8, 3).get(1)))
          .startsWith(24, 32, 40, 25);
      assertThat(values(checkpoint.tensor("blk.0.ffn_up.weight", 5, 8))).startsWith(4);
      assertThat(checkpoint.metadata().integers("llama4.attention.rope_layers"))
          .containsExactly(1, 1, 1, 0);
      assertThat(checkpoint.metadata().values())
          .containsEntry("llama4.attention.chunk_size", 16L)
          .containsEntry("llama4.attention.qk_norm", true)
          .containsEntry("llama4.attention.temperature_length", 8192L)
          .containsEntry("llama4.attention.temperature_scale", 0.1)
          .containsEntry("llama4.interleave_moe_layer_step", 2L)
          .containsEntry("llama4.feed_forward_length", 5L)
          .containsEntry("llama4.expert_feed_forward_length", 3L);
    }
  }

  /** Heads of whole blocks of scales stay in eight bits, also where they are turned. */
  @Test
  void latentHeadsInEightBits() throws IOException {
    String config =
        FP8.replace("[4, 2]", "[2, 4]")
            .replace("\"qk_nope_head_dim\": 3", "\"qk_nope_head_dim\": 4")
            .replace("\"kv_lora_rank\": 4", "\"kv_lora_rank\": 8");
    byte[] codes = random(2 * (4 + 2) * 8, 0x7e);
    String name = "model.layers.0.self_attn.kv_b_proj.weight";
    TinyFolder.write(
        directory,
        config,
        new SafetensorsWriter()
            .tensor(name, "F8_E4M3", List.of(12L, 8L), codes)
            .counting(name + "_scale_inv", 1, 6, 2));
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      Tensor keys = checkpoint.tensor("blk.0.attn_k_b.weight", 2, 8, 4);
      Tensor values = checkpoint.tensor("blk.0.attn_v_b.weight", 2, 2, 8);
      assertThat(keys.type()).isEqualTo(DataType.F8_E4M3);
      assertThat(values.type()).isEqualTo(DataType.F8_E4M3);
      float[] foundKeys = values(keys);
      List<Tensor> heads = checkpoint.experts("blk.0.attn_k_b.weight", 2, 8, 4);
      assertThat(heads.get(1).type()).isEqualTo(DataType.F8_E4M3);
      assertThat(values(heads.get(1))).isEqualTo(java.util.Arrays.copyOfRange(foundKeys, 32, 64));
      float[] foundValues = values(values);
      for (int head = 0; head < 2; head++) {
        for (int column = 0; column < 8; column++) {
          for (int i = 0; i < 6; i++) {
            int row = head * 6 + i;
            float scale = 1 + row / 2 * 2 + column / 4;
            float expected = decode(codes[row * 8 + column]) * scale;
            float found =
                i < 4
                    ? foundKeys[(head * 8 + column) * 4 + i]
                    : foundValues[(head * 2 + i - 4) * 8 + column];
            assertThat(found).isEqualTo(expected);
          }
        }
      }
      assertThat(checkpoint.find("blk.0.attn_kv_b.weight")).isNull();
    }
  }

  @Test
  void furtherTokensOfDeepSeekV3() throws IOException {
    TinyFolder.write(
        directory,
        TinyFolder.DEEPSEEK_V3,
        new SafetensorsWriter()
            .counting("model.layers.2.eh_proj.weight", 3, 8, 16)
            .counting("model.layers.2.enorm.weight", 1, 8)
            .counting("model.layers.2.shared_head.norm.weight", 2, 8)
            .counting("model.layers.2.input_layernorm.weight", 4, 8));
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      assertThat(checkpoint.metadata().values())
          .containsEntry("deepseek2.block_count", 3L)
          .containsEntry("deepseek2.nextn_predict_layers", 1L);
      assertThat(values(checkpoint.tensor("blk.2.nextn.eh_proj.weight", 8, 16))).startsWith(3);
      assertThat(values(checkpoint.tensor("blk.2.nextn.shared_head_norm.weight", 8))).startsWith(2);
      assertThat(values(checkpoint.tensor("blk.2.attn_norm.weight", 8))).startsWith(4);
      assertThat(checkpoint.find("blk.1.nextn.enorm.weight")).isNull();
    }
    Files.delete(directory.resolve("model.safetensors"));
    TinyFolder.write(directory, TinyFolder.DEEPSEEK_V3, new SafetensorsWriter());
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      assertThat(checkpoint.metadata().values())
          .containsEntry("deepseek2.block_count", 2L)
          .containsEntry("deepseek2.nextn_predict_layers", 0L);
    }
  }

  @Test
  void deepSeekV4UnderBothNames() throws IOException {
    String config =
        """
        {"model_type": "deepseek_v4", "hidden_size": 8, "num_hidden_layers": 2,
         "num_attention_heads": 2, "head_dim": 4, "hc_mult": 4, "moe_intermediate_size": 4,
         "n_routed_experts": 2, "num_experts_per_tok": 1, "vocab_size": 16, "swiglu_limit": 10,
         "max_position_embeddings": 64, "rms_norm_eps": 1e-6, "num_nextn_predict_layers": 1,
         "layer_types": ["sliding_attention", "compressed_sparse_attention"],
         "mlp_layer_types": ["hash_moe", "moe"],
         "rope_parameters": {
           "main": {"rope_type": "default", "rope_theta": 10000.0},
           "compress": {"rope_type": "yarn", "rope_theta": 160000.0, "factor": 16.0,
             "original_max_position_embeddings": 32, "attention_factor": 1.0}}}
        """;
    Files.writeString(directory.resolve("config.json"), config);
    new SafetensorsWriter()
        .counting("model.embed_tokens.weight", 0, 16, 8)
        .counting("model.layers.1.self_attn.kv_proj.weight", 2, 4, 8)
        .counting("model.layers.1.attn_hc.fn", 3, 24, 32)
        .counting("model.layers.1.self_attn.compressor.position_bias", 4, 4, 8)
        .counting("model.layers.1.mlp.experts.gate_up_proj", 0, 2, 8, 8)
        .counting("model.hc_head.hc_scale", 6, 1)
        .write(directory.resolve("model.safetensors"));
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      assertThat(values(checkpoint.tensor("blk.1.attn_kv.weight", 4, 8))).startsWith(2);
      assertThat(values(checkpoint.tensor("blk.1.hc_attn_fn.weight", 24, 32))).startsWith(3);
      assertThat(values(checkpoint.tensor("blk.1.attn_compressor_ape.weight", 4, 8))).startsWith(4);
      assertThat(values(checkpoint.tensor("output_hc_scale.weight", 1))).containsExactly(6);
      assertThat(values(checkpoint.experts("blk.1.ffn_up_exps.weight", 2, 4, 8).get(1)))
          .startsWith(96);
      assertThat(checkpoint.metadata().integers("deepseek4.attention.compress_ratios"))
          .containsExactly(0, 4);
      assertThat(checkpoint.metadata().numbers("deepseek4.swiglu_clamp_exp"))
          .containsExactly(10, 10);
      assertThat(checkpoint.metadata().values())
          .containsEntry("deepseek4.hash_layer_count", 1L)
          .containsEntry("deepseek4.rope.freq_base", 10000.0)
          .containsEntry("deepseek4.attention.compress_rope_freq_base", 160000.0)
          .containsEntry("deepseek4.rope.scaling.original_context_length", 32L)
          .containsEntry("deepseek4.expert_gating_func", 4L)
          .containsEntry("deepseek4.embedding_length_out", 32L)
          .doesNotContainKey("deepseek4.rope.scaling.attn_factor");
    }
    new SafetensorsWriter()
        .counting("embed.weight", 0, 16, 8)
        .counting("mtp.0.e_proj.weight", 0, 8, 8)
        .counting("mtp.0.h_proj.weight", 100, 8, 8)
        .counting("mtp.0.norm.weight", 5, 8)
        .counting("mtp.0.attn_norm.weight", 6, 8)
        .write(directory.resolve("model.safetensors"));
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      assertThat(checkpoint.metadata().values())
          .containsEntry("deepseek4.block_count", 2L)
          .containsEntry("deepseek4.nextn_predict_layers", 1L);
      assertThat(values(checkpoint.tensor("blk.2.nextn.eh_proj.weight", 8, 16)))
          .startsWith(0, 1, 2, 3, 4, 5, 6, 7, 100, 101)
          .endsWith(163);
      assertThat(values(checkpoint.tensor("blk.2.nextn.shared_head_norm.weight", 8))).startsWith(5);
      assertThat(values(checkpoint.tensor("blk.2.attn_norm.weight", 8))).startsWith(6);
    }
  }

  @Test
  void shardsOfAnIndex() throws IOException {
    Files.writeString(directory.resolve("config.json"), TinyFolder.LLAMA);
    new SafetensorsWriter()
        .counting("model.embed_tokens.weight", 0, 16, 8)
        .write(directory.resolve("model-00001-of-00002.safetensors"));
    new SafetensorsWriter()
        .counting("model.norm.weight", 3, 8)
        .write(directory.resolve("model-00002-of-00002.safetensors"));
    Path index = directory.resolve("model.safetensors.index.json");
    Files.writeString(
        index,
        """
        {"metadata": {"total_size": 544}, "weight_map": {
          "model.norm.weight": "model-00002-of-00002.safetensors",
          "model.embed_tokens.weight": "model-00001-of-00002.safetensors"}}
        """);
    for (Path path : List.of(directory, index)) {
      try (Checkpoint checkpoint = Checkpoints.open(path)) {
        assertThat(values(checkpoint.tensor("output_norm.weight", 8))).startsWith(3);
        assertThat(values(checkpoint.tensor("token_embd.weight", 16, 8))).startsWith(0);
        assertThat(checkpoint.info().path()).isEqualTo(index.toAbsolutePath());
        assertThat(checkpoint.info().tensors()).hasSize(2);
        assertThat(checkpoint.info().fileBytes())
            .isEqualTo(
                Files.size(directory.resolve("model-00001-of-00002.safetensors"))
                    + Files.size(directory.resolve("model-00002-of-00002.safetensors")));
      }
    }
  }

  /** A download cache links from a folder of the revision to a folder of contents beside it. */
  @Test
  void shardsInADownloadCache() throws IOException {
    Path model = directory.resolve("models--owner--tiny");
    Path snapshot = Files.createDirectories(model.resolve("snapshots/0a1b"));
    Path blobs = Files.createDirectories(model.resolve("blobs"));
    new SafetensorsWriter()
        .counting("model.embed_tokens.weight", 0, 16, 8)
        .write(blobs.resolve("cafe"));
    Files.createSymbolicLink(snapshot.resolve("a.safetensors"), Path.of("../../blobs/cafe"));
    Files.writeString(snapshot.resolve("config.json"), TinyFolder.LLAMA);
    Files.writeString(
        snapshot.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"model.embed_tokens.weight\": \"a.safetensors\"}}");
    try (Checkpoint checkpoint = Checkpoints.open(snapshot)) {
      assertThat(values(checkpoint.tensor("token_embd.weight", 16, 8))).startsWith(0);
      assertThat(checkpoint.info().name()).isEqualTo("tiny");
    }
  }

  @Test
  void chatTemplates() throws IOException {
    TinyFolder.write(directory, TinyFolder.LLAMA, new SafetensorsWriter());
    assertThat(template()).isNull();
    Path config = directory.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"chat_template\": \"one\"}");
    assertThat(template()).isEqualTo("one");
    Files.writeString(
        config,
        """
        {"chat_template": [{"name": "tool_use", "template": "two"},
          {"name": "default", "template": "three"}]}
        """);
    assertThat(template()).isEqualTo("three");
    Files.writeString(directory.resolve("chat_template.jinja"), "four\n");
    assertThat(template()).isEqualTo("four\n");
  }

  private Object template() throws IOException {
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      return checkpoint.metadata().values().get("tokenizer.chat_template");
    }
  }

  private static final float[] E2M1 = {
    0, .5f, 1, 1.5f, 2, 3, 4, 6, -0f, -.5f, -1, -1.5f, -2, -3, -4, -6
  };

  private static float decode(byte code) {
    int exponent = code >> 3 & 15;
    double value =
        exponent == 0 ? (code & 7) / 512.0 : (1 + (code & 7) / 8.0) * Math.pow(2, exponent - 7);
    return (float) (code < 0 ? -value : value);
  }

  private static byte[] random(int length, int mask) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    for (int i = 0; i < length; i++) {
      bytes[i] &= (byte) mask;
    }
    return bytes;
  }

  private static float[] values(Tensor tensor) {
    float[] values = new float[tensor.rows() * tensor.columns()];
    for (int row = 0; row < tensor.rows(); row++) {
      tensor.decodeRow(row, values, row * tensor.columns());
    }
    return values;
  }
}

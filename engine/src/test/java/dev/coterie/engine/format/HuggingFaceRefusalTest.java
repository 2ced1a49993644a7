// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.coterie.ModelFormatException;
import dev.coterie.UnsupportedModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with a folder, with the file and the text that say so. */
class HuggingFaceRefusalTest {
  private static final String FP8 =
      TinyFolder.LLAMA.replace(
          "{",
          "{\"quantization_config\": {\"quant_method\": \"fp8\", \"weight_block_size\": [4, 4]},");
  private static final String QUERY = "model.layers.0.self_attn.q_proj.weight";

  @TempDir Path folder;
  private Path config;
  private Path weights;
  private Path index;

  @BeforeEach
  void names() {
    config = folder.resolve("config.json");
    weights = folder.resolve("model.safetensors");
    index = folder.resolve("model.safetensors.index.json");
  }

  @Test
  void filesThatAreMissing() throws IOException {
    refused(
        folder,
        "expected model.safetensors or model.safetensors.index.json, found neither in the folder");
    new SafetensorsWriter().write(weights);
    refused(config, "the file is missing beside the weights");
    Files.writeString(config, TinyFolder.LLAMA);
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThatThrownBy(checkpoint::tokenizer)
          .hasMessage(
              folder.resolve("tokenizer.json") + ": the file is missing beside the weights");
    }
    new SafetensorsWriter().write(folder.resolve("a.safetensors"));
    new SafetensorsWriter().write(folder.resolve("b.safetensors"));
    Files.delete(weights);
    refused(
        folder,
        "expected model.safetensors or model.safetensors.index.json, found neither in the folder");
  }

  @Test
  void aPartOfAShardedModel() throws IOException {
    Path part = folder.resolve("model-00001-of-00002.safetensors");
    new SafetensorsWriter().write(part);
    assertThatThrownBy(() -> Checkpoints.open(part))
        .hasMessage(
            part + ": this is a part of a model; open model.safetensors.index.json or the folder");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "../a.safetensors "
            + "| expected files in the same folder, found '../a.safetensors' outside it",
        "/a.safetensors | expected files in the same folder, found '/a.safetensors' outside it",
        "x/../../a.safetensors "
            + "| expected files in the same folder, found 'x/../../a.safetensors' outside it",
        "link.safetensors "
            + "| expected files in the same folder, found 'link.safetensors' outside it",
        "links/a.safetensors "
            + "| expected files in the same folder, found 'links/a.safetensors' outside it",
        "\\u0000 | expected the name of a file, found '\\u0000'",
      })
  void filesElsewhere(String name, String detail) throws IOException {
    Path inner = Files.createDirectory(folder.resolve("inner"));
    new SafetensorsWriter()
        .counting("model.norm.weight", 0, 8)
        .write(folder.resolve("a.safetensors"));
    Files.createSymbolicLink(inner.resolve("link.safetensors"), Path.of("../a.safetensors"));
    Files.createSymbolicLink(inner.resolve("links"), Path.of(".."));
    Files.writeString(inner.resolve("config.json"), TinyFolder.LLAMA);
    Path inside = inner.resolve("model.safetensors.index.json");
    Files.writeString(inside, "{\"weight_map\": {\"model.norm.weight\": \"" + name + "\"}}");
    assertThatThrownBy(() -> Checkpoints.open(inner))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(inside + ": key 'weight_map': " + detail);
  }

  @Test
  void indexThatDoesNotMatch() throws IOException {
    Files.writeString(config, TinyFolder.LLAMA);
    Files.writeString(index, "{}");
    refused(index, "key 'weight_map': expected the names of tensors and files, found nothing");
    Files.writeString(index, "{\"weight_map\": {\"a\": 1}}");
    refused(index, "key 'weight_map': expected the name of a file for 'a'");
    Files.writeString(index, "{\"weight_map\": {\"a\": \"x\", \"a\": \"x\"}}");
    refused(index, "no valid JSON: Duplicate field 'a'");
    Files.writeString(index, "{\"weight_map\": {\"a\": \"x.safetensors\"}}");
    Path shard = folder.resolve("x.safetensors");
    refused(shard, "the file is missing, but the index names it");
    new SafetensorsWriter().counting("b", 0, 1).write(shard);
    refused(shard, "tensor 'a' is missing, but the index names it");
    new SafetensorsWriter().counting("a", 0, 1).counting("b", 0, 1).write(shard);
    refused(shard, "tensor 'b' is here, but the index does not say so");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | expected a JSON object",
        "{} x | no valid JSON: Unrecognized token 'x': was expecting",
        "{} {} | expected one JSON object only",
        "{\"a\": NaN} | no valid JSON: Non-standard token 'NaN'",
        "{\"a\": 1, \"a\": 1} | no valid JSON: Duplicate field 'a'",
        "{} | key 'model_type': expected the kind of model, found nothing",
        "{\"model_type\": 1} | key 'model_type': expected a string, found 1",
      })
  void malformedConfig(String text, String detail) throws IOException {
    TinyFolder.write(folder, text, new SafetensorsWriter());
    ModelFormatException fault = fault();
    assertThat(fault.path()).isEqualTo(config);
    assertThat(fault.detail()).startsWith(detail);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "num_hidden_layers | \"two\" | key 'num_hidden_layers': expected an integer, found 'two'",
        "num_hidden_layers | -1 | key 'num_hidden_layers': expected 0 to 65536, found -1",
        "hidden_size | 1e30 | key 'hidden_size': expected an integer, found 1.0E30",
        "rope_scaling | 1 | key 'rope_scaling': expected an object, found 1",
        "rope_scaling | {\"rope_type\": \"yarn\"} "
            + "| key 'rope_scaling.factor': expected a number, found nothing",
        "rope_scaling | {\"rope_type\": \"llama3\", \"factor\": 0} "
            + "| key 'rope_scaling.factor': expected a number above 0, found 0.0",
        "rope_theta | [1] | key 'rope_theta': expected a number, found an array of 1",
        "tie_word_embeddings | 0 | key 'tie_word_embeddings': expected a boolean, found 0",
      })
  void valuesOfTheConfig(String key, String value, String detail) throws IOException {
    String text = TinyFolder.LLAMA.replaceAll(" \"" + key + "\": [^,]*,", "");
    TinyFolder.write(
        folder, text.replace("{", "{\"" + key + "\": " + value + ", "), new SafetensorsWriter());
    refused(config, detail);
  }

  /** What the architecture asks for is named as the config names it too. */
  @Test
  void keysOfTheArchitecture() throws IOException {
    TinyFolder.write(
        folder,
        TinyFolder.LLAMA.replace("\"intermediate_size\": 12", "\"intermediate_size\": 0"),
        new SafetensorsWriter());
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThatThrownBy(() -> checkpoint.metadata().integer("llama.feed_forward_length", 1, 99))
          .hasMessage(
              config
                  + ": key 'llama.feed_forward_length' (intermediate_size): expected 1 to 99, found"
                  + " 0");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gemma3 | is not supported from safetensors; this version reads deepseek_v2, deepseek_v3,"
            + " deepseek_v32, deepseek_v4, gpt_oss, llama, llama4_text, mixtral, qwen2, qwen3_moe",
        "deepseek_v41 | is not supported: it shares compressed keys across layers and looks up"
            + " n-grams, which DeepSeek V4 (deepseek_v4) does not",
      })
  void kindsThatAreNotSupported(String type, String feature) throws IOException {
    TinyFolder.write(folder, TinyFolder.LLAMA.replace("llama", type), new SafetensorsWriter());
    unsupported(type, feature);
  }

  @Test
  void visionModels() throws IOException {
    String vision =
        """
        {"model_type": "siglip", "vision_config": {"hidden_size": 8}}
        """;
    TinyFolder.write(folder, vision, new SafetensorsWriter());
    unsupported(
        "siglip",
        "is not supported from safetensors; this version reads deepseek_v2, deepseek_v3,"
            + " deepseek_v32, deepseek_v4, gpt_oss, llama, llama4_text, mixtral, qwen2, qwen3_moe;"
            + " vision models are not among them");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"hidden_act\": \"gelu\" | hidden_act 'gelu' is not supported; silu is",
        "\"use_sliding_window\": true | use_sliding_window is not supported",
        "\"partial_rotary_factor\": 0.5 | partial_rotary_factor is not supported",
        "\"rope_scaling\": {\"type\": \"longrope\"} "
            + "| rope scaling 'longrope' is not supported; linear, yarn and llama3 are",
        "\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 2, \"mscale\": 1, \"mscale_all_dim\": 2}"
            + " | rope scaling with an mscale other than mscale_all_dim is not supported",
        "\"quantization_config\": {\"quant_method\": \"awq\"} | quantization 'awq' is not supported;"
            + " fp8 with weight_block_size, mxfp4 and models without quantization are",
        "\"quantization_config\": {\"quant_method\": \"fp8\"} | quantization 'fp8' is not supported"
            + " without weight_block_size; fp8 with weight_block_size, mxfp4 and models without"
            + " quantization are",
      })
  void variantsThatAreNotSupported(String pair, String feature) throws IOException {
    TinyFolder.write(
        folder, TinyFolder.LLAMA.replace("{", "{" + pair + ", "), new SafetensorsWriter());
    UnsupportedModelException refusal =
        Objects.requireNonNull(
            catchThrowableOfType(
                UnsupportedModelException.class, () -> Checkpoints.open(folder).close()));
    assertThat(refusal.feature()).isEqualTo(feature);
  }

  @Test
  void tensors() throws IOException {
    TinyFolder.write(
        folder,
        TinyFolder.LLAMA,
        new SafetensorsWriter()
            .counting(QUERY, 0, 8, 8)
            .tensor("model.norm.weight", "F64", List.of(1L), new byte[8])
            .tensor("model.layers.0.input_layernorm.weight", "I8", List.of(8L), new byte[8])
            .tensor("model.layers.1.input_layernorm.weight", "BF16", List.of(0L), new byte[0]));
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThatThrownBy(() -> checkpoint.tensor("blk.0.attn_q.weight", 8, 9))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageEndingWith("tensor '" + QUERY + "': expected [8, 9], found [8, 8]");
      assertThatThrownBy(() -> checkpoint.tensor("blk.0.attn_k.weight", 8, 8))
          .isInstanceOf(ModelFormatException.class)
          .hasMessage(
              weights
                  + ": tensor 'blk.0.attn_k.weight' is missing; expected [8, 8] as"
                  + " 'model.layers.0.self_attn.k_proj.weight'");
      assertThatThrownBy(() -> checkpoint.tensor("nothing", 1))
          .hasMessage(weights + ": tensor 'nothing' is missing; expected [1]");
      assertThatThrownBy(() -> checkpoint.tensor("output_norm.weight", 1))
          .isInstanceOf(UnsupportedModelException.class)
          .hasMessage(
              "architecture 'llama': tensor 'model.norm.weight' has type F64, which is not"
                  + " supported");
      assertThatThrownBy(() -> checkpoint.tensor("blk.0.attn_norm.weight", 8))
          .isInstanceOf(UnsupportedModelException.class)
          .hasMessageContaining("'model.layers.0.input_layernorm.weight' has type I8");
      assertThatThrownBy(() -> checkpoint.find("blk.1.attn_norm.weight"))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageEndingWith(": expected dimensions from 1 to 2^31 - 1, found [0]");
      assertThatThrownBy(() -> checkpoint.experts("blk.0.ffn_up_exps.weight", 2, 4, 8))
          .hasMessage(
              weights + ": tensor 'blk.0.ffn_up_exps.weight' is missing; expected [2, 4, 8]");
      assertThatThrownBy(() -> checkpoint.integers("blk.0.attn_q.weight", 4, 8, 8))
          .hasMessageEndingWith(
              "tensor '" + QUERY + "': expected integers of type I32 or I64, found F32");
    }
  }

  @Test
  void experts() throws IOException {
    String name = "model.layers.0.mlp.experts.%d.up_proj.weight";
    TinyFolder.write(
        folder,
        TinyFolder.DEEPSEEK_V3,
        new SafetensorsWriter()
            .counting(name.formatted(0), 0, 4, 8)
            .counting(name.formatted(1), 0, 4, 8)
            .counting("model.layers.1.mlp.experts.0.up_proj.weight", 0, 4, 8)
            .counting("model.layers.1.mlp.experts.1.up_proj.weight", 0, 8, 4));
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThatThrownBy(() -> checkpoint.experts("blk.0.ffn_up_exps.weight", 3, 4, 8))
          .hasMessage(
              weights + ": tensor '" + name.formatted(1) + "': expected 3 experts, found 2");
      assertThatThrownBy(() -> checkpoint.experts("blk.0.ffn_up_exps.weight", 2, 5, 8))
          .hasMessageEndingWith(
              ": tensor '" + name.formatted(0) + "': expected [5, 8], found [4, 8]");
      assertThatThrownBy(() -> checkpoint.find("blk.1.ffn_up_exps.weight"))
          .hasMessageEndingWith(
              ": tensor 'model.layers.1.mlp.experts.1.up_proj.weight': expected [4, 8], found [8,"
                  + " 4]");
    }
  }

  @Test
  void integersOutOfRange() throws IOException {
    byte[] table = new byte[16 * 2 * 8];
    table[24] = 7;
    TinyFolder.write(
        folder,
        TinyFolder.LLAMA,
        new SafetensorsWriter()
            .tensor("model.layers.0.mlp.gate.tid2eid", "I64", List.of(16L, 2L), table));
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThat(checkpoint.integers("blk.0.ffn_gate_tid2eid.weight", 8, 16, 2))
          .startsWith(0, 0, 0, 7, 0);
      assertThatThrownBy(() -> checkpoint.integers("blk.0.ffn_gate_tid2eid.weight", 7, 16, 2))
          .hasMessageEndingWith(
              "tensor 'model.layers.0.mlp.gate.tid2eid': expected integers from 0 to 6, found 7");
      assertThatThrownBy(() -> checkpoint.integers("blk.0.ffn_gate_tid2eid.weight", 8, 2, 16))
          .hasMessageEndingWith("expected [2, 16], found [16, 2]");
    }
  }

  @Test
  void scales() throws IOException {
    String scale = QUERY + "_scale_inv";
    eightBits(new SafetensorsWriter());
    query("tensor '" + QUERY + "': expected scales '" + scale + "' beside it, found none");
    eightBits(new SafetensorsWriter().counting(scale, 0, 2, 3));
    query("tensor '" + scale + "': expected a scale for each 4 x 4 block, [2, 2], found [2, 3]");
    eightBits(new SafetensorsWriter().tensor(scale, List.of(2L, 2L), 1, 2, Float.NaN, 4));
    query("tensor '" + scale + "': expected finite scales, found NaN");
    eightBits(
        new SafetensorsWriter()
            .tensor(scale, "F8_E8M0", List.of(2L, 2L), new byte[] {1, 2, 3, -1}));
    query("tensor '" + scale + "': expected finite scales, found NaN");
  }

  @Test
  void fourBitRowsOfHalfAGroup() throws IOException {
    TinyFolder.write(
        folder,
        FP8,
        new SafetensorsWriter()
            .tensor(QUERY, "U8", List.of(2L, 24L), new byte[48])
            .tensor(QUERY.replace(".weight", ".scale"), "F8_E8M0", List.of(2L, 2L), new byte[4]));
    query("tensor '" + QUERY + "': expected rows of a multiple of 32 elements, found 48");
  }

  @Test
  void latentHeads() throws IOException {
    TinyFolder.write(
        folder,
        TinyFolder.DEEPSEEK_V3,
        new SafetensorsWriter().counting("model.layers.0.self_attn.kv_b_proj.weight", 0, 12, 4));
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThatThrownBy(() -> checkpoint.find("blk.0.attn_k_b.weight"))
          .hasMessageEndingWith(
              "tensor 'model.layers.0.self_attn.kv_b_proj.weight': expected 10 rows for 2 heads,"
                  + " found [12, 4]");
    }
  }

  @Test
  void useAfterClose() throws IOException {
    TinyFolder.write(folder, TinyFolder.LLAMA, new SafetensorsWriter());
    Checkpoint checkpoint = Checkpoints.open(folder);
    checkpoint.close();
    checkpoint.close();
    assertThatThrownBy(() -> checkpoint.find("token_embd.weight"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("model files are closed");
    assertThatThrownBy(checkpoint::info).isInstanceOf(IllegalStateException.class);
  }

  private void eightBits(SafetensorsWriter writer) throws IOException {
    TinyFolder.write(folder, FP8, writer.tensor(QUERY, "F8_E4M3", List.of(8L, 8L), new byte[64]));
  }

  private void query(String end) throws IOException {
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThatThrownBy(() -> checkpoint.find("blk.0.attn_q.weight"))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageStartingWith(weights + " at byte ")
          .hasMessageEndingWith(end);
    }
  }

  private void refused(Path file, String detail) {
    ModelFormatException fault = fault();
    assertThat(fault.path()).isEqualTo(file);
    assertThat(fault.detail()).isEqualTo(detail);
  }

  private ModelFormatException fault() {
    return Objects.requireNonNull(
        catchThrowableOfType(ModelFormatException.class, () -> Checkpoints.open(folder).close()));
  }

  private void unsupported(String architecture, String feature) {
    assertThatThrownBy(() -> Checkpoints.open(folder))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessage("architecture '" + architecture + "': " + feature);
  }
}

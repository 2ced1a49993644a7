// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.ModelFormatException;
import dev.coterie.UnsupportedModelException;
import dev.coterie.spi.DataType;
import dev.coterie.testkit.GgufWriter;
import dev.coterie.testkit.GgufWriter.ValueType;
import dev.coterie.testkit.GoldenModel;
import dev.coterie.testkit.Json;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModel;
import dev.coterie.testkit.RandomModels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models of the architectures with experts and latent attention that contradict themselves. */
class ArchitectureRefusalTest {
  private static final int F32 = 0;

  @TempDir Path directory;

  private static GgufWriter writer(String name) {
    ModelShape shape =
        switch (name) {
          case "llama" -> ModelShape.llama(DataType.F32);
          case "mixtral" -> ModelShape.mixtral(DataType.F32);
          case "qwen3moe" -> ModelShape.qwen3moe(DataType.F32);
          case "lite" -> ModelShape.deepseekLite(DataType.F32);
          case "deepseek" -> ModelShape.deepseek(DataType.F32);
          default -> throw new IllegalArgumentException(name);
        };
    return RandomModels.writer(new RandomModel(shape, 1));
  }

  private Path file() {
    return directory.resolve("model.gguf");
  }

  private Throwable load(GgufWriter writer) {
    writer.write(file());
    return catchThrowable(() -> Models.load(file(), LoadOptions.builder()).close());
  }

  /** A key changed to a value that does not go with the other keys, or with the tensors. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "mixtral | llama.expert_used_count | 9 | key 'llama.expert_used_count': expected at most expert_count 8, found 9",
        "qwen3moe | qwen3moe.expert_used_count | 0 | key 'qwen3moe.expert_used_count': expected 1 to 16384, found 0",
        "deepseek | deepseek2.expert_group_count | 3 | key 'deepseek2.expert_group_count': expected a divisor of expert_count 16, found 3",
        "deepseek | deepseek2.expert_group_used_count | 5 | key 'deepseek2.expert_group_used_count': expected groups of 4 experts for 4 to choose, at most 4, found 5",
        "deepseek | deepseek2.expert_used_count | 9 | key 'deepseek2.expert_group_used_count': expected groups of 4 experts for 9 to choose, at most 4, found 2",
        "mixtral | llama.attention.head_count_kv | 3 | key 'llama.attention.head_count_kv': expected a divisor of 4 heads, found 3",
        "deepseek | deepseek2.attention.key_length_mla | 16 | key 'deepseek2.attention.key_length_mla': expected more than rope.dimension_count 16, found 16",
        "deepseek | deepseek2.nextn_predict_layers | 3 | key 'deepseek2.nextn_predict_layers': expected less than block_count 3, found 3",
        "deepseek | deepseek2.leading_dense_block_count | 4 | key 'deepseek2.leading_dense_block_count': expected 0 to 3, found 4",
        "deepseek | deepseek2.leading_dense_block_count | 2 | tensor 'blk.1.ffn_gate.weight' is missing; expected [96, 96]",
        "lite | deepseek2.attention.q_lora_rank | 64 | tensor 'blk.0.attn_q_a.weight' is missing; expected [64, 96]",
        "deepseek | deepseek2.attention.q_lora_rank | 0 | tensor 'blk.0.attn_q.weight' is missing; expected [192, 96]",
        "deepseek | deepseek2.attention.q_lora_rank | 32 | tensor 'blk.0.attn_q_a.weight': expected [32, 96], found [64, 96]",
        "deepseek | deepseek2.attention.kv_lora_rank | 48 | tensor 'blk.0.attn_kv_a_mqa.weight': expected [64, 96], found [80, 96]",
        "deepseek | deepseek2.attention.value_length_mla | 48 | tensor 'blk.0.attn_v_b.weight': expected [4, 48, 64], found [4, 32, 64]",
        "deepseek | deepseek2.rope.dimension_count | 8 | tensor 'blk.0.attn_kv_a_mqa.weight': expected [72, 96], found [80, 96]",
        "deepseek | deepseek2.expert_shared_count | 2 | tensor 'blk.1.ffn_gate_shexp.weight': expected [64, 96], found [32, 96]",
        "deepseek | deepseek2.expert_feed_forward_length | 64 | tensor 'blk.1.ffn_gate_exps.weight': expected [16, 64, 96], found [16, 32, 96]",
        "qwen3moe | qwen3moe.expert_count | 8 | tensor 'blk.0.ffn_gate_inp.weight': expected [8, 64], found [16, 64]",
        "qwen3moe | qwen3moe.attention.key_length | 16 | key 'qwen3moe.attention.value_length': expected 16 as key_length, found 32",
        "llama | llama.expert_count | 4 | tensor 'blk.0.ffn_gate_inp.weight' is missing; expected [4, 96]"
      })
  void keysThatContradict(String name, String key, int value, String expected) {
    GgufWriter writer = writer(name);
    writer.put("llama.expert_used_count", ValueType.UINT32, 2).put(key, ValueType.UINT32, value);
    assertThat(load(writer))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageMatching(
            Pattern.quote(file().toString()) + "( at byte [0-9]+)?: " + Pattern.quote(expected));
  }

  @Test
  void unknownGatingFunction() {
    GgufWriter writer = writer("deepseek").put("deepseek2.expert_gating_func", ValueType.UINT32, 7);
    assertThat(load(writer))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessage("architecture 'deepseek2': expert gating function 7 is not supported");
  }

  @Test
  void filesOfTheTimeBeforeLatentAttentionWasSplit() {
    for (String architecture : List.of("deepseek2", "deepseek32")) {
      GgufWriter writer =
          writer("mixtral").put("general.architecture", ValueType.STRING, architecture);
      assertThat(load(writer))
          .isInstanceOf(UnsupportedModelException.class)
          .hasMessage(
              "architecture '"
                  + architecture
                  + "': key '"
                  + architecture
                  + ".attention.key_length_mla' is missing: the file was made before latent"
                  + " attention was stored in two halves; make it again with a converter of 2025 or"
                  + " later");
    }
  }

  /** Ignored, they would give another model's answers without a word. */
  @ParameterizedTest
  @CsvSource({
    "llama, blk.0.attn_sinks.weight",
    "mixtral, blk.1.ffn_gate_shexp.weight",
    "deepseek, blk.2.indexer.proj.weight",
    "qwen3moe, token_embd_norm.weight",
    "mixtral, blk.0.ffn_gate_exps.weight_scale"
  })
  void tensorsThatTheArchitectureDoesNotHave(String name, String tensor) {
    GgufWriter writer = writer(name).tensor(tensor, F32, List.of(4L), new byte[16]);
    String architecture =
        name.equals("mixtral") ? "llama" : name.equals("deepseek") ? "deepseek2" : name;
    assertThat(load(writer))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(file() + " at byte ")
        .hasMessageEndingWith(
            ": tensor '"
                + tensor
                + "': expected only tensors of "
                + architecture
                + " models, found another");
  }

  @Test
  void blocksThatPredictFurtherTokensMayBeThere() {
    GgufWriter writer =
        writer("deepseek")
            .put("deepseek2.block_count", ValueType.UINT32, 4)
            .put("deepseek2.nextn_predict_layers", ValueType.UINT32, 1)
            .tensor("blk.3.nextn.enorm.weight", F32, List.of(4L), new byte[16]);
    assertThat(load(writer)).isNull();
  }

  private Path copyOfV4() throws IOException {
    GoldenModel golden = GoldenModel.shared("deepseek_v4");
    for (Path file : List.of(golden.configFile(), golden.tokenizerFile(), golden.safetensors())) {
      Files.write(directory.resolve(file.getFileName()), Files.readAllBytes(file));
    }
    return directory;
  }

  @Test
  void tooFewCompressionRatios() throws IOException {
    Path config = copyOfV4().resolve("config.json");
    String text = Files.readString(config);
    Files.writeString(config, text.replaceFirst("(\"compress_ratios\": \\[)[^\\]]*", "$10, 4"));
    assertThatThrownBy(() -> Model.load(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            config
                + ": key 'deepseek4.attention.compress_ratios' (compress_ratios): expected at least 5"
                + " integers, found 2");
  }

  @ParameterizedTest
  @CsvSource({"16", "-1"})
  void aTableOfExpertsWithOneThatThereIsNot(int expert) throws IOException {
    Path file = copyOfV4().resolve("model.safetensors");
    ByteBuffer data = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) data.getLong(0);
    String json = new String(data.array(), 8, header, StandardCharsets.UTF_8);
    Map<String, ?> entry =
        Json.object(Json.object(Json.parse(json)).get("layers.1.ffn.gate.tid2eid"));
    int at = 8 + header + Json.ints(entry.get("data_offsets"))[0] + 8 * 5;
    data.putLong(at, expert);
    Files.write(file, data.array());
    assertThatThrownBy(() -> Model.load(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            file
                + " at byte "
                + at
                + ": tensor 'layers.1.ffn.gate.tid2eid': expected integers from 0 to 15, found "
                + expert);
  }
}

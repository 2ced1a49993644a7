// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import dev.coterie.testkit.GgufWriter.ValueType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GgufWriterTest {
  @TempDir Path directory;

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String string(ByteBuffer in) {
    byte[] bytes = new byte[(int) in.getLong()];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void writesEveryTypeOfValue() {
    ByteBuffer in =
        buffer(
            new GgufWriter()
                .put("a", ValueType.UINT8, 200)
                .put("b", ValueType.INT16, -2)
                .put("c", ValueType.UINT32, 4_000_000_000L)
                .put("d", ValueType.FLOAT32, 1.5)
                .put("e", ValueType.BOOL, true)
                .put("f", ValueType.STRING, "é")
                .put("g", ValueType.INT64, -3L)
                .put("h", ValueType.FLOAT64, 0.1)
                .array("i", ValueType.UINT16, List.of(1, 65_535))
                .toBytes());
    assertThat(in.getInt()).isEqualTo(0x46554747);
    assertThat(in.getInt()).isEqualTo(3);
    assertThat(in.getLong()).isZero();
    assertThat(in.getLong()).isEqualTo(9);
    assertThat(string(in)).isEqualTo("a");
    assertThat(in.getInt()).isZero();
    assertThat(in.get()).isEqualTo((byte) 200);
    assertThat(string(in)).isEqualTo("b");
    assertThat(in.getInt()).isEqualTo(3);
    assertThat(in.getShort()).isEqualTo((short) -2);
    assertThat(string(in)).isEqualTo("c");
    assertThat(in.getInt()).isEqualTo(4);
    assertThat(in.getInt()).isEqualTo((int) 4_000_000_000L);
    assertThat(string(in)).isEqualTo("d");
    assertThat(in.getInt()).isEqualTo(6);
    assertThat(in.getFloat()).isEqualTo(1.5f);
    assertThat(string(in)).isEqualTo("e");
    assertThat(in.getInt()).isEqualTo(7);
    assertThat(in.get()).isEqualTo((byte) 1);
    assertThat(string(in)).isEqualTo("f");
    assertThat(in.getInt()).isEqualTo(8);
    assertThat(string(in)).isEqualTo("é");
    assertThat(string(in)).isEqualTo("g");
    assertThat(in.getInt()).isEqualTo(11);
    assertThat(in.getLong()).isEqualTo(-3);
    assertThat(string(in)).isEqualTo("h");
    assertThat(in.getInt()).isEqualTo(12);
    assertThat(in.getDouble()).isEqualTo(0.1);
    assertThat(string(in)).isEqualTo("i");
    assertThat(in.getInt()).isEqualTo(9);
    assertThat(in.getInt()).isEqualTo(2);
    assertThat(in.getLong()).isEqualTo(2);
    assertThat(in.getShort()).isEqualTo((short) 1);
    assertThat(in.getShort()).isEqualTo((short) -1);
    assertThat(in.position() + in.remaining()).isEqualTo(in.capacity());
    assertThat(in.capacity() % 32).isZero();
  }

  @Test
  void alignsTensors() {
    Tensor one = RandomTensors.of("one", List.of(1L, 3L), 1, 2, 3);
    Tensor two = RandomTensors.of("two", DataType.BF16, List.of(2L, 1L), 4, 5);
    ByteBuffer in = buffer(new GgufWriter().alignment(64).tensor(one).tensor(two).toBytes());
    in.position(24);
    assertThat(string(in)).isEqualTo("general.alignment");
    in.position(in.position() + 8);
    assertThat(string(in)).isEqualTo("one");
    assertThat(in.getInt()).isEqualTo(2);
    assertThat(in.getLong()).isEqualTo(3);
    assertThat(in.getLong()).isEqualTo(1);
    assertThat(in.getInt()).isZero();
    assertThat(in.getLong()).isZero();
    assertThat(string(in)).isEqualTo("two");
    in.position(in.position() + 20);
    assertThat(in.getInt()).isEqualTo(30);
    assertThat(in.getLong()).isEqualTo(64);
    int start = (in.position() + 63) / 64 * 64;
    assertThat(in.getFloat(start + 8)).isEqualTo(3);
    assertThat(in.getShort(start + 64)).isEqualTo((short) 0x4080);
    assertThat(in.capacity()).isEqualTo(start + 128);
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"F8_E4M3", "F8_E8M0", "F4_E2M1"}, // safetensors files alone have these
      mode = EnumSource.Mode.EXCLUDE)
  void randomModelsHoldTheirTensors(DataType type) throws Exception {
    for (ModelShape shape : List.of(ModelShape.llama(type), ModelShape.qwen2(type))) {
      RandomModel model = new RandomModel(shape, 3);
      Path file = RandomModels.write(directory.resolve("model.gguf"), shape, 3);
      ByteBuffer in = buffer(Files.readAllBytes(file));
      assertThat(in.getLong(8)).isEqualTo(model.tensors().size());
      assertThat(RandomModels.writer(model).toBytes()).isEqualTo(in.array());
      GraphCheck.check(model.graph());
    }
  }

  @Test
  void partsHoldAllTensorsBetweenThem() throws Exception {
    RandomModel model = new RandomModel(ModelShape.llama(DataType.Q8_0), 4);
    List<Path> parts = RandomModels.writer(model).writeParts(directory, "model", 3);
    assertThat(parts.getFirst()).hasFileName("model-00001-of-00003.gguf");
    long tensors = 0;
    for (Path part : parts) {
      tensors += buffer(Files.readAllBytes(part)).getLong(8);
    }
    assertThat(tensors).isEqualTo(model.tensors().size());
  }

  @Test
  void mergesMakeTokensOfTokens() {
    List<String> tokens = RandomModels.tokens();
    assertThat(tokens).hasSize(ModelShape.VOCABULARY).doesNotHaveDuplicates();
    assertThat(tokens.subList(0, 256)).contains("Ġ", "Ċ", "a", "ÿ").allMatch(t -> t.length() == 1);
    Set<String> known = new HashSet<>(tokens.subList(0, 256));
    List<String> unknown = new ArrayList<>();
    for (String merge : RandomModels.merges()) {
      for (String side : merge.split(" ")) {
        if (!known.contains(side)) {
          unknown.add(side);
        }
      }
      known.add(merge.replace(" ", ""));
    }
    assertThat(unknown).isEmpty();
  }

  @Test
  void mixturesHaveStackedExperts() {
    for (DataType type : new DataType[] {DataType.F32, DataType.Q4_0}) {
      RandomModel model = new RandomModel(ModelShape.deepseek(type), 5);
      assertThat(model.tensors().get("blk.1.ffn_down_exps.weight").shape())
          .containsExactly(16L, 96L, 32L);
      assertThat(model.tensors().get("blk.0.attn_k_b.weight").shape())
          .containsExactly(4L, 64L, 32L);
      assertThat(model.tensors()).doesNotContainKey("blk.0.ffn_gate_inp.weight");
      byte[] bytes = RandomModels.writer(model).toBytes();
      assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
          .contains("deepseek2.attention.kv_lora_rank", "deepseek2.expert_group_used_count")
          .contains("blk.2.ffn_up_shexp.weight", "blk.2.exp_probs_b.bias");
      assertThat(RandomModels.writer(new RandomModel(ModelShape.mixtral(type), 5)).toBytes())
          .isNotEqualTo(bytes);
    }
  }

  @Test
  void refusesOtherArchitectures() {
    assertThatThrownBy(() -> new ModelShape("gemma", 1, 32, 1, 1, 32, 32, 320, DataType.F32, true))
        .hasMessage(
            "architecture: expected llama, qwen2, qwen3moe, or deepseek2 with latent attention, found"
                + " gemma");
  }
}

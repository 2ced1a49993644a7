// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.LoraAdapter;
import dev.coterie.ModelFormatException;
import dev.coterie.UnsupportedModelException;
import dev.coterie.spi.Tensor;
import dev.coterie.testkit.GgufWriter;
import dev.coterie.testkit.GgufWriter.ValueType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters one by one: names, factors, and what is refused with which words. */
class LoraFileTest {
  private static final Path MAPPINGS = Path.of("/proc/self/maps");
  private static final String PLAIN = "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 8%s}";
  private static final String Q = "base_model.model.model.layers.0.self_attn.q_proj";
  private static final String WEIGHT = "blk.0.attn_q.weight";
  private static final String CURE = "; merge the adapter into the weights first";

  @TempDir Path model;
  @TempDir Path folder;
  private Checkpoint base;

  @BeforeEach
  void openBase() throws IOException {
    base = Checkpoints.open(TinyFolder.write(model, TinyFolder.LLAMA, new SafetensorsWriter()));
  }

  @AfterEach
  void nothingStaysBehind() throws IOException {
    base.close();
    assertThat(Files.readString(MAPPINGS)).doesNotContain(folder.toString());
  }

  /** The matrices of a query projection {@code [8, 8]}: 1 and up, rank after rank. */
  private static SafetensorsWriter pair(String module, int rank) {
    return new SafetensorsWriter()
        .counting(module + ".lora_A.weight", 1, rank, 8)
        .counting(module + ".lora_B.weight", 1, 8, rank);
  }

  private Path peft(String extra, SafetensorsWriter weights) throws IOException {
    Files.writeString(folder.resolve("adapter_config.json"), PLAIN.formatted(extra));
    weights.write(folder.resolve("adapter_model.safetensors"));
    return folder;
  }

  private Path gguf(Consumer<GgufWriter> more) {
    GgufWriter writer =
        new GgufWriter()
            .put("general.type", ValueType.STRING, "adapter")
            .put("general.architecture", ValueType.STRING, "llama")
            .put("adapter.type", ValueType.STRING, "lora")
            .put("adapter.lora.alpha", ValueType.FLOAT32, 6);
    more.accept(writer);
    return writer.write(folder.resolve("adapter.gguf"));
  }

  /** F32, counting from 1. */
  private static void matrix(GgufWriter writer, String name, long rows, long columns) {
    ByteBuffer bytes = ByteBuffer.allocate((int) (4 * rows * columns));
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < rows * columns; i++) {
      bytes.putFloat(1 + i);
    }
    writer.tensor(name, 0, List.of(columns, rows), bytes.array());
  }

  private static void pair(GgufWriter writer, String weight, int rank) {
    matrix(writer, weight + ".lora_a", rank, 8);
    matrix(writer, weight + ".lora_b", 8, rank);
  }

  /** The first row of B, scaled; null if the adapter leaves the weight as it is. */
  private float[] find(Path path, float scale, String weight) throws IOException {
    try (LoraFile file = LoraFile.open(new LoraAdapter(path, scale), base)) {
      LoraFile.Pair pair = file.find(weight, 8, 8);
      file.refuseOthers();
      if (pair == null) {
        return null;
      }
      assertThat(row(pair.a(), 1)).startsWith(9, 10);
      return row(pair.b(), 0);
    }
  }

  private static float[] row(Tensor tensor, int row) {
    float[] values = new float[tensor.columns()];
    tensor.decodeRow(row, values, 0);
    return values;
  }

  private float factor(Path path, float scale) throws IOException {
    return find(path, scale, WEIGHT)[0];
  }

  private static void refused(ThrowingCallable open, String message) {
    assertThatThrownBy(open).isInstanceOf(ModelFormatException.class).hasMessageEndingWith(message);
  }

  private static void unsupported(ThrowingCallable open, String message) {
    assertThatThrownBy(open)
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageStartingWith("architecture 'llama': ")
        .hasMessageEndingWith(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        " | 4",
        ", \"use_rslora\": true | 5.656854",
        ", \"r\": 9, \"rank_pattern\": {\"q_proj\": 2} | 4",
        ", \"alpha_pattern\": {\"k_proj\": 2, \"q_proj\": 3, \"self_attn.q_proj\": 5} | 1.5",
        ", \"alpha_pattern\": {\"^model.layers.0.self_attn.q_proj\": 3} | 1.5",
        ", \"alpha_pattern\": {\"^layers.0.self_attn.q_proj\": 3} | 4",
        ", \"alpha_pattern\": {\"layers.1.self_attn.q_proj\": 3, \"_proj\": 7} | 4",
        ", \"alpha_pattern\": {\"0.self.attn.q_proj\": 3} | 1.5", // a dot is any character
        ", \"use_dora\": false, \"modules_to_save\": [], \"layer_replication\": null | 4",
        ", \"init_lora_weights\": \"gaussian\", \"bias\": \"none\", \"unknown\": 1 | 4",
      })
  void theConfigSaysTheFactor(String extra, float expected) throws IOException {
    // a key may stand only once
    String config = extra == null ? "" : extra;
    Path path = peft(config, pair(Q, 2));
    if (config.contains("\"r\"")) {
      Path file = path.resolve("adapter_config.json");
      Files.writeString(file, Files.readString(file).replace("\"r\": 2, ", ""));
    }
    assertThat(factor(path, 1)).isEqualTo(expected);
    assertThat(factor(path, -0.5f)).isEqualTo(expected * -0.5f);
    assertThat(find(path, 0, WEIGHT)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "base_model.model.model.layers.0.self_attn.q_proj",
        "base_model.model.layers.0.self_attn.q_proj",
        "model.layers.0.self_attn.q_proj",
        "base_model.model.language_model.model.layers.0.self_attn.q_proj",
        "base_model.model.model.language_model.layers.0.self_attn.q_proj"
      })
  void modulesAreFoundUnderTheNamesOfTheirTime(String module) throws IOException {
    assertThat(factor(peft("", pair(module, 2)), 1)).isEqualTo(4);
    SafetensorsWriter named =
        new SafetensorsWriter()
            .counting(module + ".lora_A.default.weight", 1, 2, 8)
            .counting(module + ".lora_B.default.weight", 1, 8, 2);
    assertThat(factor(peft("", named), 1)).isEqualTo(4);
  }

  @Test
  void ggufFilesHaveOneAlpha() throws IOException {
    assertThat(factor(gguf(writer -> pair(writer, WEIGHT, 2)), 1)).isEqualTo(3);
    Path zero =
        gguf(
            writer -> {
              writer.put("adapter.lora.alpha", ValueType.FLOAT32, 0);
              pair(writer, WEIGHT, 2);
            });
    assertThat(factor(zero, 0.25f)).isEqualTo(0.25f);
  }

  /** A base in the published order: rows 0, 2, 1, 3 of each head of the file. */
  @Test
  void rowsComeInTheModelsOrder() throws IOException {
    Path file = gguf(writer -> pair(writer, WEIGHT, 2));
    try (LoraFile lora = LoraFile.open(new LoraAdapter(file, 1 / 3f), base)) {
      Tensor b = lora.find(WEIGHT, 8, 8).b();
      assertThat(List.of(0, 1, 2, 3, 4, 5).stream().map(i -> Math.round(row(b, i)[0])))
          .containsExactly(1, 5, 3, 7, 9, 13);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "use_dora | true",
        "use_qalora | true",
        "lora_bias | true",
        "modules_to_save | [\"lm_head\"]",
        "fan_in_fan_out | true",
        "trainable_token_indices | [1]",
        "layer_replication | [[0, 2]]",
        "target_parameters | [\"mlp.experts.gate_up_proj\"]",
        "alora_invocation_tokens | [5]"
      })
  void whatIsMoreThanLoraIsRefusedByName(String key, String value) throws IOException {
    Path path = peft(", \"" + key + "\": " + value, pair(Q, 2));
    unsupported(
        () -> factor(path, 1),
        path.resolve("adapter_config.json") + ": '" + key + "' is not supported" + CURE);
  }

  @Test
  void otherSettingsAreRefusedByName() throws IOException {
    Path bias = peft(", \"bias\": \"all\"", pair(Q, 2));
    unsupported(() -> factor(bias, 1), ": 'bias' other than none is not supported" + CURE);
    Path start = peft(", \"init_lora_weights\": \"pissa_niter_4\"", pair(Q, 2));
    unsupported(
        () -> factor(start, 1),
        ": 'init_lora_weights' 'pissa_niter_4' changed the model's weights too, which is not"
            + " supported"
            + CURE);
    Path regex = peft(", \"rank_pattern\": {\"layers.[01].q_proj\": 2}", pair(Q, 2));
    unsupported(
        () -> factor(regex, 1),
        ": 'rank_pattern' has the regular expression 'layers.[01].q_proj', which is not"
            + " supported; name the modules one by one");
    Files.writeString(folder.resolve("adapter_config.json"), "{\"peft_type\": \"IA3\"}");
    unsupported(() -> factor(folder, 1), ": 'peft_type' 'IA3' is not supported; LORA is");
  }

  @Test
  void configsThatDoNotFitAreRefused() throws IOException {
    Path rank = peft(", \"rank_pattern\": {\"q_proj\": 3}", pair(Q, 2));
    refused(
        () -> factor(rank, 1),
        ": tensor '" + Q + ".lora_A.weight': expected 3 rows as the config says, found [2, 8]");
    Path zero = peft(", \"rank_pattern\": {\"q_proj\": 0}", pair(Q, 2));
    refused(() -> factor(zero, 1), "key 'rank_pattern.q_proj': expected 1 to 65536, found 0");
    Path alpha = peft(", \"alpha_pattern\": {\"q_proj\": \"2\"}", pair(Q, 2));
    refused(() -> factor(alpha, 1), "key 'alpha_pattern.q_proj': expected a number, found '2'");
    Files.writeString(folder.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\"}");
    refused(() -> factor(folder, 1), "key 'r': expected 1 to 65536, found nothing");
    Files.delete(folder.resolve("adapter_config.json"));
    refused(
        () -> factor(folder, 1),
        "adapter_config.json: the file is missing beside the adapter's weights");
    peft("", pair(Q, 2));
    Files.delete(folder.resolve("adapter_model.safetensors"));
    refused(
        () -> factor(folder, 1),
        "adapter_model.safetensors: the file is missing; save the adapter as safetensors");
  }

  @Test
  void matricesThatDoNotFitAreRefused() throws IOException {
    String a = Q + ".lora_A.weight";
    String b = Q + ".lora_B.weight";
    SafetensorsWriter writer = new SafetensorsWriter().counting(a, 1, 2, 8);
    Path onlyA = peft("", writer);
    refused(() -> factor(onlyA, 1), "tensor '" + a + "': expected a lora_B beside it, found none");
    Path onlyB = peft("", new SafetensorsWriter().counting(b, 1, 8, 2));
    refused(() -> factor(onlyB, 1), "tensor '" + b + "': expected a lora_A beside it, found none");
    peft("", new SafetensorsWriter().counting(a, 1, 2, 8).counting(b, 1, 8, 3));
    refused(() -> factor(folder, 1), "tensor '" + b + "': expected [out, 2], found [8, 3]");
    peft("", new SafetensorsWriter().counting(a, 1, 2, 7).counting(b, 1, 8, 2));
    refused(() -> factor(folder, 1), "tensor '" + a + "': expected [2, 8], found [2, 7]");
    peft("", new SafetensorsWriter().counting(a, 1, 2, 8).counting(b, 1, 9, 2));
    refused(() -> factor(folder, 1), "tensor '" + b + "': expected [8, 2], found [9, 2]");
    peft("", new SafetensorsWriter().counting(a, 1, 2, 4, 2).counting(b, 1, 8, 2));
    refused(
        () -> factor(folder, 1),
        "tensor '" + a + "': expected [rank, in] with a rank up to 65536, found [2, 4, 2]");
    peft("", new SafetensorsWriter().counting(a, 1, 0, 8).counting(b, 1, 8, 0));
    refused(
        () -> factor(folder, 1),
        "tensor '" + a + "': expected dimensions from 1 to 2^31 - 1, found [0, 8]");
    peft("", pair(Q, 2).counting(Q + ".lora_A.default.weight", 1, 2, 8));
    refused(() -> factor(folder, 1), ": expected one such matrix for the module, found another");
    peft("", pair(Q, 2).counting(Q + ".lora_magnitude_vector", 1, 8));
    refused(
        () -> factor(folder, 1),
        "tensor '"
            + Q
            + ".lora_magnitude_vector': expected a name that ends in .lora_A.weight or"
            + " .lora_B.weight, found another");
  }

  @Test
  void adaptersOfNothingAreRefused() throws IOException {
    Path peft = peft("", new SafetensorsWriter());
    refused(
        () -> factor(peft, 1),
        "adapter_model.safetensors: expected matrices of an adapter, found none");
    Path gguf = gguf(writer -> {});
    refused(() -> factor(gguf, 1), "adapter.gguf: expected matrices of an adapter, found none");
  }

  @Test
  void valuesThatAreNotFiniteAreRefused() throws IOException {
    float[] values = new float[16];
    values[13] = Float.NaN;
    String a = Q + ".lora_A.weight";
    String b = Q + ".lora_B.weight";
    peft("", new SafetensorsWriter().tensor(a, List.of(2L, 8L), values).counting(b, 1, 8, 2));
    for (float scale : new float[] {1, 0}) {
      refused(
          () -> factor(folder, scale),
          "tensor '" + a + "': expected finite values, also once scaled, found NaN");
    }
    values[13] = 1e38f;
    peft("", new SafetensorsWriter().counting(a, 1, 2, 8).tensor(b, List.of(8L, 2L), values));
    refused(
        () -> factor(folder, 1),
        "tensor '" + b + "': expected finite values, also once scaled, found Infinity");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.embed_tokens",
        "lm_head",
        "model.layers.0.mlp.experts.3.gate_proj",
        "model.layers.0.block_sparse_moe.experts.3.w1",
        "model.layers.0.self_attn.kv_b_proj"
      })
  void whatHasNoLinearOperationIsRefusedWithTheCure(String module) throws IOException {
    Path path = peft("", pair("base_model.model." + module, 2));
    unsupported(
        () -> find(path, 1, WEIGHT),
        "adapter_model.safetensors: tensor 'base_model.model."
            + module
            + ".lora_A.weight' adapts a weight that no adapter can be applied to at load; merge it"
            + " into the weights first");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "token_embd.weight",
        "output.weight",
        "blk.1.ffn_down_exps.weight",
        "blk.1.ffn_down.3.weight",
        "blk.0.attn_k_b.weight",
        "blk.0.attn_v_b.weight",
        "blk.0.attn_qkv.weight" // in an unknown order of rows
      })
  void whatHasNoLinearOperationInGgufIsRefusedWithTheCure(String weight) {
    Path path = gguf(writer -> pair(writer, weight, 2));
    unsupported(
        () -> find(path, 1, weight.contains("qkv") ? weight : WEIGHT),
        "adapter.gguf: tensor '"
            + weight
            + ".lora_a' adapts a weight that no adapter can be applied to at load; merge it into"
            + " the weights first");
  }

  @Test
  void whatTheModelDoesNotHaveIsRefused() throws IOException {
    String other = "base_model.model.model.layers.7.self_attn.q_proj";
    Path path = peft("", pair(other, 2));
    refused(
        () -> find(path, 1, WEIGHT),
        "tensor '"
            + other
            + ".lora_A.weight': expected a weight that the model has, found none for it; the"
            + " adapter belongs to another model");
    Path file = gguf(writer -> pair(writer, "blk.0.attn_norm.weight", 2));
    refused(
        () -> find(file, 1, WEIGHT),
        "tensor 'blk.0.attn_norm.weight.lora_a': expected a weight that the model has, found none"
            + " for it; the adapter belongs to another model");
  }

  @Test
  void ggufFilesThatAreNoAdapterOfTheModelAreRefused() {
    Path type = gguf(writer -> writer.put("general.type", ValueType.STRING, "model"));
    refused(() -> factor(type, 1), "key 'general.type': expected 'adapter', found 'model'");
    Path qwen = gguf(writer -> writer.put("general.architecture", ValueType.STRING, "qwen2"));
    refused(() -> factor(qwen, 1), "key 'general.architecture': expected 'llama', found 'qwen2'");
    Path vector = gguf(writer -> writer.put("adapter.type", ValueType.STRING, "control"));
    unsupported(
        () -> factor(vector, 1),
        "adapter.gguf: adapters of the type 'control' are not supported; 'lora' is");
    Path activated =
        gguf(
            writer ->
                writer.array("adapter.alora.invocation_tokens", ValueType.UINT32, List.of(5)));
    unsupported(
        () -> factor(activated, 1),
        "adapter.gguf: adapters of the type 'alora' are not supported; 'lora' is");
    Path single = gguf(writer -> matrix(writer, WEIGHT + ".lora_b", 8, 2));
    refused(
        () -> factor(single, 1),
        "tensor '"
            + WEIGHT
            + ".lora_b': expected 'blk.0.attn_q.weight.lora_a' beside it, found none");
    Path plain = gguf(writer -> matrix(writer, WEIGHT, 8, 2));
    refused(
        () -> factor(plain, 1),
        "tensor '" + WEIGHT + "': expected a name that ends in .lora_a or .lora_b, found another");
  }
}

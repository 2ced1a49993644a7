// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.ModelInfo;
import dev.coterie.TensorInfo;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that llama.cpp's converters wrote. The numbers come from gguf-py. */
class GgufGoldenTest {
  @ParameterizedTest
  @CsvSource({
    "deepseek_v2, deepseek2, 44, 50, 281496, 512",
    "deepseek_v3, deepseek2, 46, 52, 368568, 512",
    "deepseek_v32, deepseek32, 50, 67, 391032, 512",
    "deepseek_v4_fp4, deepseek4, 53, 126, 2439461, 512",
    "llama, llama, 26, 31, 195016, 512",
    "llama4, llama4, 30, 56, 300616, 512",
    "qwen2, qwen2, 22, 38, 162624, 512",
    "qwen3_moe, qwen3moe, 27, 39, 288896, 512"
  })
  void golden(
      String model, String architecture, int pairs, int tensors, long parameters, int vocabulary)
      throws IOException {
    Path path = SharedMaterial.require("golden/" + model + "/model.gguf");
    try (GgufFile file = GgufFile.open(path)) {
      ModelInfo info = file.info();
      assertThat(file.version()).isEqualTo(3);
      assertThat(info.architecture()).isEqualTo(architecture);
      assertThat(info.metadata()).hasSize(pairs);
      assertThat(info.tensors()).hasSize(tensors);
      assertThat(info.parameters()).isEqualTo(parameters);
      assertThat(info.vocabularySize()).isEqualTo(vocabulary);
      assertThat(info.fileBytes()).isEqualTo(Files.size(path));
      for (TensorInfo tensor : info.tensors()) {
        if (tensor.type().equals("I32")) {
          file.integers(tensor.name(), 8, tensor.shape().get(0), tensor.shape().get(1));
        } else {
          assertFinite(file.tensor(tensor.name()));
        }
      }
    }
  }

  @Test
  void smolLm2() throws IOException {
    Path path = SharedMaterial.require("material/weights/SmolLM2-135M-Instruct.Q4_1.gguf");
    try (GgufFile file = GgufFile.open(path)) {
      ModelInfo info = file.info();
      assertThat(info.architecture()).isEqualTo("llama");
      assertThat(info.contextLength()).isEqualTo(8192);
      assertThat(info.vocabularySize()).isEqualTo(49152);
      assertThat(info.metadata()).containsEntry("tokenizer.ggml.tokens", "str[49152]");
      assertThat(info.tensors()).hasSize(272);
      assertThat(info.parameters()).isEqualTo(134_515_008);
      assertThat(file.metadata().strings("tokenizer.ggml.tokens"))
          .hasSize(49152)
          .startsWith("<|endoftext|>", "<|im_start|>", "<|im_end|>");
      Tensor down = file.tensor("blk.0.ffn_down.weight", 576, 1536);
      assertThat(down.type()).isEqualTo(DataType.Q4_1);
      assertFinite(down);
    }
  }

  private static void assertFinite(Tensor tensor) {
    float[] row = new float[tensor.columns()];
    for (int i : new int[] {0, tensor.rows() - 1}) {
      tensor.decodeRow(i, row, 0);
      for (float value : row) {
        assertThat(value).as(tensor.name()).isFinite();
      }
    }
  }
}

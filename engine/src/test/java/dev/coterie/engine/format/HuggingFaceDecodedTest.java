// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** Every value of tensors that no GGUF file has as exactly; {@code decoded.py} reads them too. */
class HuggingFaceDecodedTest {
  @ParameterizedTest
  @CsvFileSource(resources = "decoded.csv")
  void valuesAreThoseOfAnotherReader(String model, String name, String shape, long crc)
      throws IOException {
    long[] expected = Arrays.stream(shape.split(" ")).mapToLong(Long::parseLong).toArray();
    try (Checkpoint checkpoint =
        Checkpoints.open(SharedMaterial.require("golden/" + model + "/model.safetensors"))) {
      CRC32 found = new CRC32();
      add(checkpoint.tensor(name, expected), found);
      assertThat(found.getValue()).isEqualTo(crc);
      if (name.endsWith("_exps.weight")) {
        found.reset();
        List<Tensor> experts =
            checkpoint.experts(name, (int) expected[0], expected[1], expected[2]);
        experts.forEach(expert -> add(expert, found));
        assertThat(found.getValue()).isEqualTo(crc);
      }
    }
  }

  @Test
  void weightsStayInTheWidthOfTheFile() throws IOException {
    try (Checkpoint checkpoint =
        Checkpoints.open(SharedMaterial.require("golden/deepseek_v4_fp4"))) {
      Tensor gate = checkpoint.experts("blk.3.ffn_gate_exps.weight", 8, 64, 192).getFirst();
      assertThat(gate.type()).isEqualTo(DataType.F4_E2M1);
      assertThat(gate.scales()).isNotNull();
      assertThat(gate.scales().factors().type()).isEqualTo(DataType.F8_E8M0);
      assertThat(gate.scales().blockRows()).isEqualTo(1);
      assertThat(gate.scales().blockColumns()).isEqualTo(32);
      Tensor query = checkpoint.tensor("blk.0.attn_q_b.weight", 256, 144);
      assertThat(query.type()).isEqualTo(DataType.F8_E4M3);
      assertThat(query.scales()).isNotNull();
      assertThat(query.scales().blockRows()).isEqualTo(128);
      assertThat(query.scales().factors().type()).isEqualTo(DataType.F8_E8M0);
    }
    try (Checkpoint checkpoint =
        Checkpoints.open(SharedMaterial.require("golden/deepseek_v3_fp8"))) {
      Tensor query = checkpoint.tensor("blk.2.attn_q_b.weight", 320, 144);
      assertThat(query.type()).isEqualTo(DataType.F8_E4M3);
      assertThat(query.scales()).isNotNull();
      assertThat(query.scales().factors().type()).isEqualTo(DataType.F32);
      // heads of 48 rows do not fit blocks of 128
      assertThat(checkpoint.tensor("blk.1.attn_v_b.weight", 4, 48, 128).type())
          .isEqualTo(DataType.F32);
    }
    try (Checkpoint checkpoint = Checkpoints.open(SharedMaterial.require("golden/deepseek_v3"))) {
      assertThat(checkpoint.tensor("blk.1.attn_k_b.weight", 4, 32, 24).type())
          .isEqualTo(DataType.BF16);
    }
  }

  private static void add(Tensor tensor, CRC32 crc) {
    float[] row = new float[tensor.columns()];
    ByteBuffer bytes = ByteBuffer.allocate(4 * row.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < tensor.rows(); i++) {
      tensor.decodeRow(i, row, 0);
      bytes.clear();
      for (float value : row) {
        bytes.putFloat(value);
      }
      crc.update(bytes.flip());
    }
  }
}

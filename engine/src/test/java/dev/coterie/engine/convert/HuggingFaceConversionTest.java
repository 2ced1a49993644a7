// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.convert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.ConvertOptions;
import dev.coterie.Model;
import dev.coterie.Quantization;
import dev.coterie.Tokenizer;
import dev.coterie.engine.format.GgufFile;
import dev.coterie.spi.DataType;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Published folders become the files that llama.cpp's own converter makes of them. */
class HuggingFaceConversionTest {
  @TempDir Path directory;

  private Path convert(Path source, Quantization quantization) throws IOException {
    Path target = directory.resolve("out.gguf");
    Model.convert(source, target, ConvertOptions.builder().quantization(quantization).build());
    return target;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama",
        "qwen2",
        "qwen3_moe",
        "deepseek_v2",
        "deepseek_v3",
        "deepseek_v32",
        "llama4"
      })
  void tensorsAreThoseOfTheReferenceConverter(String model) throws IOException {
    Path folder = SharedMaterial.require("golden/" + model);
    try (GgufFile ours = GgufFile.open(convert(folder, Quantization.F32));
        GgufFile theirs = GgufFile.open(folder.resolve("model.gguf"))) {
      assertThat(ours.names()).containsExactlyInAnyOrderElementsOf(theirs.names());
      for (String name : theirs.names()) {
        assertThat(ours.tensor(name).shape()).as(name).isEqualTo(theirs.tensor(name).shape());
        assertThat(ours.tensor(name).data().mismatch(theirs.tensor(name).data()))
            .as(name)
            .isEqualTo(-1);
      }
      theirs
          .metadata()
          .values()
          .forEach(
              (key, value) -> {
                if (!key.startsWith("general.") && !key.startsWith("tokenizer.")) {
                  assertThat(ours.metadata().values().get(key)).as(key).isEqualTo(value);
                }
              });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2", "deepseek_v3"})
  void tokenizersReadTheSame(String model) throws IOException {
    Path folder = SharedMaterial.require("golden/" + model);
    Tokenizer ours = Tokenizer.load(convert(folder, Quantization.Q8_0));
    Tokenizer theirs = Tokenizer.load(folder.resolve("tokenizer.json"));
    String text = "import numpy as np\n  for i in range(10): print('it''s', 3.14)";
    assertThat(ours.encode(text)).isEqualTo(theirs.encode(text));
  }

  /** 4-bit floats with powers of two are MXFP4: nothing may be lost. */
  @Test
  void publishedFourBitExpertsAreKeptExactly() throws IOException {
    Path folder = SharedMaterial.require("golden/deepseek_v4_fp4");
    Path floats = convert(folder, Quantization.F32);
    Path kept = directory.resolve("kept.gguf");
    Model.convert(folder, kept, ConvertOptions.builder().quantization(Quantization.MXFP4).build());
    try (GgufFile a = GgufFile.open(floats);
        GgufFile b = GgufFile.open(kept)) {
      String name = "blk.0.ffn_gate_exps.weight";
      assertThat(b.tensor(name).type()).isEqualTo(DataType.MXFP4);
      float[] x = new float[a.tensor(name).columns()];
      float[] y = new float[x.length];
      for (int row = 0; row < a.tensor(name).rows(); row++) {
        a.tensor(name).decodeRow(row, x, 0);
        b.tensor(name).decodeRow(row, y, 0);
        for (int i = 0; i < x.length; i++) {
          assertThat(y[i]).isEqualTo(x[i] == 0 ? y[i] : x[i]);
        }
      }
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.TensorInfo;
import dev.coterie.spi.Tensor;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read from safetensors against what llama.cpp's converters made of the same files. */
class HuggingFaceGoldenTest {
  /** The converter computes these in float32, we in double precision. */
  private static final double ROPE_DIVISORS = 1e-5;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek_v2",
        "deepseek_v3",
        "deepseek_v32",
        "deepseek_v4_fp4",
        "llama",
        "llama4",
        "qwen2",
        "qwen3_moe"
      })
  void keysAreThoseOfTheConverter(String model) throws IOException {
    Path directory = SharedMaterial.require("golden/" + model);
    try (GgufFile gguf = GgufFile.open(directory.resolve("model.gguf"));
        Checkpoint checkpoint = Checkpoints.open(directory)) {
      String architecture = gguf.metadata().string("general.architecture");
      Map<String, Object> expected = new HashMap<>();
      Map<String, Object> found = new HashMap<>();
      gguf.metadata()
          .values()
          .forEach(
              (key, value) -> {
                if (key.startsWith(architecture + ".")) {
                  expected.put(key, comparable(value));
                  Object other = checkpoint.metadata().values().get(key);
                  found.put(key, other == null ? "absent" : comparable(other));
                }
              });
      assertThat(found).isEqualTo(expected);
      assertThat(checkpoint.metadata().string("general.architecture")).isEqualTo(architecture);
      assertThat(checkpoint.info().architecture()).isEqualTo(architecture);
      assertThat(checkpoint.info().contextLength()).isEqualTo(gguf.info().contextLength());
      assertThat(checkpoint.info().vocabularySize()).isEqualTo(512);
      assertThat(checkpoint.tokenizer().vocabularySize()).isEqualTo(512);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek_v2",
        "deepseek_v3",
        "deepseek_v32",
        "deepseek_v4_fp4",
        "llama",
        "llama4",
        "qwen2",
        "qwen3_moe"
      })
  void tensorsAreThoseOfTheConverter(String model) throws IOException {
    Path directory = SharedMaterial.require("golden/" + model);
    try (GgufFile gguf = GgufFile.open(directory.resolve("model.gguf"));
        Checkpoint checkpoint = Checkpoints.open(directory)) {
      for (TensorInfo info : gguf.info().tensors()) {
        if (info.type().equals("I32")) {
          long rows = info.shape().get(0);
          long columns = info.shape().get(1);
          assertThat(checkpoint.integers(info.name(), 8, rows, columns))
              .isEqualTo(gguf.integers(info.name(), 8, rows, columns));
          continue;
        }
        long[] shape = info.shape().stream().mapToLong(n -> n).toArray();
        Tensor found = checkpoint.tensor(info.name(), shape);
        boolean permuted = model.equals("llama") && info.name().matches(".*attn_[qk].weight");
        assertEqual(gguf.tensor(info.name()), found, permuted ? 16 : 0);
        if (info.name().contains("_exps.")) {
          List<Tensor> experts =
              checkpoint.experts(info.name(), (int) shape[0], shape[1], shape[2]);
          for (int e = 0; e < shape[0]; e++) {
            assertEqual(gguf.tensor(info.name()).slice(e), experts.get(e), 0);
          }
        }
      }
    }
  }

  /**
   * Compares values; exactly, unless the converter has rounded.
   *
   * @param headDim if not 0, the converter has permuted the rows of heads of this size
   */
  private static void assertEqual(Tensor expected, Tensor found, int headDim) {
    assertThat(found.shape()).as(expected.name()).isEqualTo(expected.shape());
    float[] wanted = new float[expected.columns()];
    float[] actual = new float[found.columns()];
    for (int row = 0; row < expected.rows(); row++) {
      int source = row;
      if (headDim > 0) {
        int i = row % headDim;
        source = row - i + i % 2 * (headDim / 2) + i / 2;
      }
      expected.decodeRow(row, wanted, 0);
      found.decodeRow(source, actual, 0);
      String at = expected.name() + ", row " + row;
      switch (expected.type()) {
        case Q8_0 -> assertRounded(actual, wanted, at);
        case F16 -> {
          for (int i = 0; i < wanted.length; i++) {
            assertThat(Float.float16ToFloat(Float.floatToFloat16(actual[i])))
                .as(at)
                .isEqualTo(wanted[i]);
          }
        }
        default -> {
          if (expected.name().equals("rope_freqs.weight")) {
            for (int i = 0; i < wanted.length; i++) {
              assertThat((double) actual[i])
                  .isCloseTo(wanted[i], within(ROPE_DIVISORS * wanted[i]));
            }
          } else {
            assertThat(actual).as(at).isEqualTo(wanted);
          }
        }
      }
    }
  }

  /** Q8_0 rounds to 127ths of the greatest of 32 values, which itself is rounded to a half. */
  private static void assertRounded(float[] exact, float[] rounded, String at) {
    for (int block = 0; block < exact.length; block += 32) {
      float greatest = 0;
      for (int i = block; i < block + 32; i++) {
        greatest = Math.max(greatest, Math.abs(exact[i]));
      }
      for (int i = block; i < block + 32; i++) {
        assertThat(rounded[i]).as(at).isCloseTo(exact[i], within(greatest / 127 * 0.57f));
      }
    }
  }

  private static Object comparable(Object value) {
    return switch (value) {
      case Long number -> (double) number;
      case Double number -> (double) number.floatValue();
      case long[] array -> java.util.Arrays.toString(array);
      case double[] array -> java.util.Arrays.toString(array);
      default -> value;
    };
  }
}

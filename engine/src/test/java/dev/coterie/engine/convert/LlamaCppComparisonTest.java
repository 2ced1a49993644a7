// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.convert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.ConvertOptions;
import dev.coterie.Model;
import dev.coterie.Quantization;
import dev.coterie.engine.format.GgufFile;
import dev.coterie.engine.quantize.Quantizer;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares with {@code llama-quantize}, where {@code -Dcoterie.llama=DIR} says what directory holds
 * {@code bin/llama-quantize}; see help/compare-with-llama.md.
 */
@EnabledIfSystemProperty(named = "coterie.llama", matches = ".+")
class LlamaCppComparisonTest {
  /** How much larger our mean squared error may be than theirs. */
  private static final double BAR = 1.01;

  @TempDir static Path directory;
  private static Path floats;

  @BeforeAll
  static void writeFloats() throws IOException {
    floats = directory.resolve("f32.gguf");
    Path source = SharedMaterial.require("material/weights/SmolLM2-135M-Instruct.Q4_1.gguf");
    Model.convert(source, floats, ConvertOptions.builder().quantization(Quantization.F32).build());
  }

  private static Path quantize(Path source, String type, String... options)
      throws IOException, InterruptedException {
    Path target = directory.resolve("theirs.gguf");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("coterie.llama"), "bin", "llama-quantize").toString());
    command.add("--allow-requantize");
    command.addAll(List.of(options));
    command.addAll(List.of(source.toString(), target.toString(), type, "2"));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor()).isZero();
    return target;
  }

  @Test
  void errorsAreNoLarger() throws Exception {
    for (DataType type :
        List.of(
            DataType.Q4_0,
            DataType.Q4_1,
            DataType.Q5_0,
            DataType.Q5_1,
            DataType.Q8_0,
            DataType.Q2_K,
            DataType.Q3_K,
            DataType.Q4_K,
            DataType.Q5_K,
            DataType.Q6_K)) {
      compare(type, quantize(floats, type.name(), "--pure"));
    }
    String[] all = {
      "--pure",
      "--tensor-type",
      "ffn=mxfp4",
      "--tensor-type",
      "attn=mxfp4",
      "--token-embedding-type",
      "mxfp4"
    };
    compare(DataType.MXFP4, quantize(floats, "Q8_0", all));
  }

  private static void compare(DataType type, Path theirFile) throws IOException {
    double ours = 0;
    double theirs = 0;
    try (GgufFile source = GgufFile.open(floats);
        GgufFile other = GgufFile.open(theirFile)) {
      for (String name : source.names()) {
        Tensor theirTensor = other.tensor(name);
        if (theirTensor.type() != type || !name.matches("token_embd.weight|blk\\.(0|7|29)\\..*")) {
          continue;
        }
        Tensor tensor = source.tensor(name);
        int columns = tensor.columns();
        int step = tensor.rows() > 10_000 ? 128 : 8;
        int rows = Math.ceilDiv(tensor.rows(), step);
        float[] values = new float[rows * columns];
        float[] back = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
          tensor.decodeRow(row * step, values, row * columns);
          theirTensor.decodeRow(row * step, back, row * columns);
        }
        theirs += error(values, back);
        byte[] bytes = new byte[Math.toIntExact(type.bytes(values.length))];
        Quantizer.of(type).quantize(values, 0, values.length, bytes, 0);
        type.decode(MemorySegment.ofArray(bytes), 0, values.length, back, 0);
        ours += error(values, back);
      }
    }
    System.out.printf("%s: squared error %.4f times llama-quantize's%n", type, ours / theirs);
    assertThat(theirs).as(type.name()).isPositive();
    assertThat(ours).as(type.name()).isLessThanOrEqualTo(theirs * BAR);
  }

  private static double error(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double d = (double) a[i] - b[i];
      sum += d * d;
    }
    return sum;
  }

  @Test
  void mixesAreTheSame() throws Exception {
    for (Quantization quantization : Quantization.values()) {
      if (quantization == Quantization.MXFP4) {
        continue; // the model has no experts
      }
      var planned =
          Model.planConversion(
              floats,
              directory.resolve("x.gguf"),
              ConvertOptions.builder().quantization(quantization).build());
      try (GgufFile theirs = GgufFile.open(quantize(floats, quantization.name()))) {
        Map<String, String> types =
            theirs.info().tensors().stream()
                .collect(java.util.stream.Collectors.toMap(t -> t.name(), t -> t.type()));
        planned
            .tensors()
            .forEach(t -> assertThat(t.type()).as(t.name()).isEqualTo(types.get(t.name())));
      }
    }
  }

  @Test
  void ourFilesReadThereAsHere() throws Exception {
    Path ours = directory.resolve("ours.gguf");
    ConvertOptions options =
        ConvertOptions.builder().quantization(Quantization.Q4_K_M).overwrite(true).build();
    Model.convert(floats, ours, options);
    try (GgufFile here = GgufFile.open(ours);
        GgufFile there = GgufFile.open(quantize(ours, "F32"))) {
      for (String name : here.names()) {
        Tensor tensor = here.tensor(name);
        float[] a = new float[tensor.columns()];
        float[] b = new float[tensor.columns()];
        for (int row = 0; row < tensor.rows(); row += 16) {
          tensor.decodeRow(row, a, 0);
          there.tensor(name).decodeRow(row, b, 0);
          assertThat(error(a, b)).as(name).isZero(); // the sign of a zero may differ
        }
      }
    }
  }
}

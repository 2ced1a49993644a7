// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.ConvertOptions;
import dev.coterie.Model;
import dev.coterie.Quantization;
import dev.coterie.testkit.GoldenModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The project's own golden models ({@code testkit/golden}), from safetensors and from the GGUF
 * files in F32 that the converter makes of them. Of equal scores of an indexer their reference
 * takes the earlier positions, as Coterie does, so those with an indexer are exact too.
 */
class ArchitectureGoldenTest extends ArchitectureGolden {
  private static final List<String> NAMES =
      List.of(
          "deepseek_v2",
          "deepseek_v2_lite",
          "deepseek_v3",
          "deepseek_v32",
          "deepseek_v3_fp8",
          "deepseek_v4",
          "deepseek_v4_fp4",
          "gpt_oss",
          "llama",
          "llama4",
          "mixtral",
          "qwen2",
          "qwen3_moe");

  @TempDir private Path directory;

  @Override
  List<String> exactNames() {
    return NAMES;
  }

  @Override
  List<String> allNames() {
    return NAMES;
  }

  @Override
  GoldenModel golden(String name) {
    return GoldenModel.own(name);
  }

  @Override
  boolean hasGguf(String name) {
    return true;
  }

  @Override
  Path path(GoldenModel golden, String format) {
    if (format.equals(SAFETENSORS)) {
      return golden.directory();
    }
    Path file = directory.resolve(golden.name() + ".gguf");
    if (!Files.exists(file)) {
      ConvertOptions options = ConvertOptions.builder().quantization(Quantization.F32).build();
      try {
        Model.convert(golden.directory(), file, options);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return file;
  }

  @Override
  int comparable(String name, String format) {
    return ALL;
  }

  @Test
  void noFolderIsLeftOut() {
    assertThat(GoldenModel.allOwn()).extracting(GoldenModel::name).containsExactlyElementsOf(NAMES);
  }
}

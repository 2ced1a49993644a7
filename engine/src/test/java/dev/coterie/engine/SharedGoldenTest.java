// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.testkit.GoldenModel;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The golden models of the shared material, which are larger. Those with an indexer are compared
 * with transformers in {@link IndexerGoldenTest}, and here with themselves.
 */
class SharedGoldenTest extends ArchitectureGolden {
  private static final List<String> EXACT =
      List.of(
          "deepseek_v2",
          "deepseek_v3",
          "deepseek_v3_fp8",
          "gpt_oss",
          "llama",
          "llama4",
          "qwen2",
          "qwen3_moe");

  private static final List<String> INDEXED =
      List.of("deepseek_v32", "deepseek_v4", "deepseek_v4_fp4");

  private static final List<String> WITHOUT_GGUF =
      List.of("deepseek_v3_fp8", "deepseek_v4", "gpt_oss");

  @Override
  List<String> exactNames() {
    return EXACT;
  }

  @Override
  List<String> allNames() {
    return Stream.of(EXACT, INDEXED).flatMap(List::stream).toList();
  }

  @Override
  GoldenModel golden(String name) {
    return GoldenModel.shared(name);
  }

  @Override
  boolean hasGguf(String name) {
    return !WITHOUT_GGUF.contains(name);
  }

  /** This file has Q8_0, F16 and MXFP4. */
  @Override
  boolean isQuantized(String name, String format) {
    return name.equals("deepseek_v4_fp4") && format.equals(GGUF);
  }

  @Override
  Path path(GoldenModel golden, String format) {
    return file(golden, format);
  }

  static Path file(GoldenModel golden, String format) {
    return format.equals(GGUF) ? golden.gguf() : golden.directory();
  }

  /**
   * GGUF files of other converters have no keys for the size of Llama 4's chunks and for the
   * positions after which its queries grow warmer. Both are 64 here, and the latter counts
   * positions from 1.
   */
  @Override
  int comparable(String name, String format) {
    return name.equals("llama4") && format.equals(GGUF) ? 63 : ALL;
  }

  @Test
  void noFolderIsLeftOut() {
    List<GoldenModel> found = GoldenModel.allShared();
    assertThat(found)
        .extracting(GoldenModel::name)
        .containsExactlyElementsOf(allNames().stream().sorted()::iterator);
    for (GoldenModel golden : found) {
      assertThat(golden.hasGguf()).isEqualTo(hasGguf(golden.name()));
    }
  }
}

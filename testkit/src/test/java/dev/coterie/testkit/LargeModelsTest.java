// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.spi.DataType;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LargeModelsTest {
  @TempDir Path folder;

  private static long parameters(ModelShape shape) {
    return RandomWeights.of(shape).stream().mapToLong(RandomWeight::elements).sum();
  }

  @Test
  void sizesAreThoseOfThePublishedModels() {
    assertThat(parameters(LargeModels.deepseekV2Lite(DataType.Q4_0))).isEqualTo(15_706_484_224L);
    assertThat(parameters(LargeModels.llama1b(DataType.Q4_0))).isEqualTo(1_235_814_400L);
  }

  @Test
  void writesTheFileThatAModelInMemoryGives() throws Exception {
    ModelShape shape = ModelShape.deepseekLite(DataType.Q8_0);
    Path streamed = LargeModels.write(folder.resolve("streamed.gguf"), shape, 7);
    Path whole = RandomModels.write(folder.resolve("whole.gguf"), shape, 7);
    assertThat(Files.size(streamed)).isEqualTo(Files.size(whole));
    assertThat(LargeModels.write(folder.resolve("again.gguf"), shape, 7))
        .hasSameBinaryContentAs(streamed);
  }

  @Test
  void refusesAnUnknownShape() {
    assertThatThrownBy(() -> LargeModels.main("gpt-5", "Q4_0", "x.gguf"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found gpt-5");
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.Tokenizer;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The vocabularies in llama.cpp's source distribution, with the ids it expects. */
class LlamaCppVocabularyTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "deepseek-coder, 46",
    "deepseek-llm, 46",
    "gpt-2, 46",
    "llama-bpe, 46",
    "llama-spm, 46",
    "qwen2, 46",
    "qwen35, 50"
  })
  void equalsLlamaCpp(String name, int rows) throws IOException {
    Path folder = SharedMaterial.require("material/tokenizers/llama.cpp-vocab");
    String file = "ggml-vocab-" + name + ".gguf";
    Tokenizer tokenizer = VectorSet.fromGguf(folder.resolve(file + ".gz"), directory);
    String[] inputs =
        Files.readString(folder.resolve(file + ".inp")).split("\n__ggml_vocab_test__\n", -1);
    List<String> outputs = Files.readAllLines(folder.resolve(file + ".out"));
    assertThat(outputs).hasSize(rows);
    for (int i = 0; i < rows; i++) {
      int[] expected =
          Arrays.stream(outputs.get(i).strip().split(" +"))
              .filter(id -> !id.isEmpty())
              .mapToInt(Integer::parseInt)
              .toArray();
      // llama.cpp leaves out the normalization that Qwen's own tokenizer.json asks for.
      if (!name.startsWith("qwen") || Normalizer.isNormalized(inputs[i], Normalizer.Form.NFC)) {
        assertThat(tokenizer.encode(inputs[i])).as("row %d '%s'", i, inputs[i]).isEqualTo(expected);
      }
    }
  }
}

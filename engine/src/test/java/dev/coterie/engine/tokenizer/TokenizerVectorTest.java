// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.Tokenizer;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every row of the shared vectors, from tokenizer.json and from GGUF. */
class TokenizerVectorTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "deepseek-r1, 4794",
    "deepseek-r1-distill-qwen, 4768",
    "deepseek-v3, 4789",
    "deepseek-v4, 4851",
    "llama2-spm, 4738",
    "llama3.1, 4758",
    "llama4, 4794",
    "qwen2.5, 4770",
    "qwen3, 4777",
    "smollm2, 4768"
  })
  void tokenizerJsonEqualsReference(String name, int rows) throws IOException {
    Path json = directory.resolve("tokenizer.json");
    try (InputStream in =
        new GZIPInputStream(Files.newInputStream(VectorSet.path(name, "tokenizer.json.gz")))) {
      Files.copy(in, json);
    }
    check(name, Tokenizers.read(json), rows);
  }

  @ParameterizedTest
  @CsvSource({
    "smollm2, weights/SmolLM2-135M-Instruct.Q4_1.gguf, 4768",
    "llama3.1, tokenizers/llama.cpp-vocab/ggml-vocab-llama-bpe.gguf.gz, 4758",
    "llama2-spm, tokenizers/llama.cpp-vocab/ggml-vocab-llama-spm.gguf.gz, 4738"
  })
  void ggufEqualsReference(String name, String file, int rows) throws IOException {
    Path path = SharedMaterial.require("material/" + file);
    check(name, VectorSet.fromGguf(path, directory), rows);
  }

  @Test
  void storiesFromJsonAndGgufAgree() throws IOException {
    Path folder = SharedMaterial.require("material/weights/stories260K");
    Tokenizer gguf = VectorSet.fromGguf(folder.resolve("stories260K-f32.gguf"), directory);
    Tokenizer json = Tokenizers.read(folder.resolve("hf/tokenizer.json"));
    String text = "Once upon a time, there was a little girl named Zoë.\n  She loved <s> 中.";
    assertThat(gguf.encode(text, true)).isEqualTo(json.encode(text, true));
    assertThat(gguf.decode(gguf.encode(text))).isEqualTo(text);
    assertThat(gguf.beginningOfSequence()).hasValue(1).isEqualTo(json.beginningOfSequence());
    assertThat(gguf.endOfGeneration()).containsExactly(2).isEqualTo(json.endOfGeneration());
  }

  private static void check(String name, Tokenizer tokenizer, int rows) throws IOException {
    VectorSet.Outcome outcome = VectorSet.check(name, tokenizer);
    assertThat(outcome.misses()).isEmpty();
    assertThat(outcome.rows()).isEqualTo(rows);
    assertThat(outcome.encodings()).isEqualTo(rows - 150);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.CoterieException;
import dev.coterie.ModelFormatException;
import dev.coterie.UnsupportedModelException;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerFaultTest {
  @Test
  void unknownPreTokenizerIsRefusedByName() {
    Map<String, Object> values = TinyVocabularies.byteLevel();
    values.put("tokenizer.ggml.pre", "tekken");
    assertThatThrownBy(() -> Tokenizers.fromGguf(TinyVocabularies.metadata(values)))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessage(
            "architecture 'llama': pre-tokenizer 'tekken' is not supported; supported are"
                + " deepseek-coder, deepseek-llm, deepseek-r1-qwen, deepseek-v3, default, gpt-2,"
                + " gpt-4o, joyai-llm, llama-bpe, llama-v3, llama3, llama4, qwen2, qwen35, smollm;"
                + " if one of these cuts text the same way, convert the model with"
                + " tokenizer.ggml.pre set to it");
  }

  @Test
  void damagedByteLevelVocabulariesAreRefused() {
    expect(
        v -> v.put("tokenizer.ggml.model", "wordpiece"),
        "tokenizer 'wordpiece' is not supported; supported are gpt2 and llama");
    expect(
        v -> v.put("tokenizer.ggml.tokens", new String[0]),
        "key 'tokenizer.ggml.token_type': expected 0 entries, one a token, found 267");
    expect(
        v -> v.put("llama.vocab_size", 10L),
        "key 'llama.vocab_size': expected 267, the length of tokenizer.ggml.tokens, found 10");
    expect(
        v -> tokens(v)[1] = tokens(v)[0],
        "key 'tokenizer.ggml.tokens': token 1 is the same as token 0: 'Ā'");
    expect(
        v -> tokens(v)[5] = "x".repeat(5000),
        "key 'tokenizer.ggml.tokens': token 5: expected at most 4096 chars, found 5000");
    expect(
        v -> types(v)[3] = 99,
        "key 'tokenizer.ggml.token_type': entry 3: expected 1 to 6, found 99");
    expect(
        v -> v.put("tokenizer.ggml.token_type", new long[1]),
        "key 'tokenizer.ggml.token_type': expected 267 entries, one a token, found 1");
    expect(
        v -> v.put("tokenizer.ggml.bos_token_id", -7L),
        "key 'tokenizer.ggml.bos_token_id': expected 0 to 266, found -7");
    expect(
        v -> v.put("tokenizer.ggml.eos_token_id", 267L),
        "key 'tokenizer.ggml.eos_token_id': expected 0 to 266, found 267");
    expect(
        v -> merges(v)[2] = "nospace",
        "key 'tokenizer.ggml.merges': entry 2: expected two tokens, found 'nospace'");
    expect(
        v -> merges(v)[2] = "a ",
        "key 'tokenizer.ggml.merges': entry 2: expected two tokens, found 'a '");
    expect(
        v -> merges(v)[2] = "a qq",
        "key 'tokenizer.ggml.merges': entry 2: 'a qq' names a token that is not in the vocabulary");
    expect(
        v -> merges(v)[2] = "q z",
        "key 'tokenizer.ggml.merges': entry 2: 'qz' is not in the vocabulary");
    expect(
        v -> v.remove("tokenizer.ggml.merges"),
        "key 'tokenizer.ggml.merges': expected an array of strings, found nothing");
  }

  @Test
  void tokensMadeToCollideAreRefused() {
    String[] same = new String[1 << 9];
    for (int i = 0; i < same.length; i++) {
      StringBuilder token = new StringBuilder();
      for (int bit = 0; bit < 9; bit++) {
        token.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      same[i] = token.toString();
    }
    expect(v -> v.put("tokenizer.ggml.tokens", same), "expected 512 entries");
    expect(
        v -> {
          v.put("tokenizer.ggml.tokens", same);
          v.remove("tokenizer.ggml.token_type");
        },
        "key 'tokenizer.ggml.tokens': token 257: too many tokens with the same hash");
  }

  @Test
  void damagedSentencePieceVocabulariesAreRefused() {
    expectPiece(
        v -> v.put("tokenizer.ggml.scores", new long[269]),
        "key 'tokenizer.ggml.scores': expected an array of numbers, found 269 integers");
    expectPiece(
        v -> v.put("tokenizer.ggml.scores", new double[2]),
        "key 'tokenizer.ggml.scores': expected 269 entries, one a token, found 2");
    expectPiece(
        v -> ((double[]) v.get("tokenizer.ggml.scores"))[4] = Double.NaN,
        "key 'tokenizer.ggml.scores': entry 4: expected a number, found NaN");
    expectPiece(
        v -> tokens(v)[4] = "<0x-1>",
        "key 'tokenizer.ggml.tokens': token 4: expected a byte like <0x0A>, found '<0x-1>'");
    expectPiece(
        v -> Arrays.fill(types(v), 1),
        "key 'tokenizer.ggml.token_type': expected 256 byte tokens or an unknown token, found neither");
  }

  @ParameterizedTest
  @CsvSource({
    "empty", "scores-u8", "types-u8", "types-short", "bos-range", "bos-neg", "byte-neg",
    "byte-nonhex", "dup", "long", "model-unknown", "type-range", "bpe-bad-merge", "vocab-mismatch"
  })
  void maliciousFilesAreRefused(String name, @TempDir Path directory) throws Exception {
    Path archive = SharedMaterial.require("material/malicious/files.tar.gz");
    String entry = "gguf/a-tok-" + name + ".gguf";
    Path file = directory.resolve("file.gguf");
    extract(archive, entry, file);
    assertThatThrownBy(() -> VectorSet.fromGguf(file, directory))
        .isInstanceOf(CoterieException.class);
  }

  private static void extract(Path archive, String entry, Path to)
      throws IOException, InterruptedException {
    Process tar =
        new ProcessBuilder("tar", "-xzOf", archive.toString(), entry)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (InputStream in = tar.getInputStream()) {
      Files.copy(in, to);
    }
    if (tar.waitFor() != 0) {
      throw new IOException("tar: " + entry);
    }
  }

  private static void expect(Consumer<Map<String, Object>> change, String message) {
    expect(TinyVocabularies.byteLevel(), change, message);
  }

  private static void expectPiece(Consumer<Map<String, Object>> change, String message) {
    expect(TinyVocabularies.sentencePiece(), change, message);
  }

  private static void expect(
      Map<String, Object> values, Consumer<Map<String, Object>> change, String message) {
    change.accept(values);
    assertThatThrownBy(() -> Tokenizers.fromGguf(TinyVocabularies.metadata(values)))
        .isInstanceOfAny(ModelFormatException.class, UnsupportedModelException.class)
        .hasMessageContaining(message);
  }

  private static String[] tokens(Map<String, Object> values) {
    return (String[]) values.get("tokenizer.ggml.tokens");
  }

  private static String[] merges(Map<String, Object> values) {
    return (String[]) values.get("tokenizer.ggml.merges");
  }

  private static long[] types(Map<String, Object> values) {
    return (long[]) values.get("tokenizer.ggml.token_type");
  }
}

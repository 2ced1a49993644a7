// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.CoterieException;
import dev.coterie.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerJsonTest {
  private static final String JSON =
      """
      {"added_tokens": [{"id": 5, "content": "<end>", "special": true},
                        {"id": 7, "content": "<tool>", "special": false, "normalized": true}],
       "normalizer": {"type": "NFC"},
       "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
         {"type": "Digits", "individual_digits": true},
         {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}]},
       "post_processor": {"type": "TemplateProcessing", "single": [
         {"SpecialToken": {"id": "<end>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]},
       "decoder": {"type": "ByteLevel"},
       "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "Ġ": 3, "1": 4},
                 "merges": ["a b"]}}
      """;

  @TempDir Path directory;

  private Tokenizer read(String json) throws IOException {
    Path path = directory.resolve("tokenizer.json");
    Files.writeString(path, json);
    return Tokenizers.read(path);
  }

  @Test
  void readsTokensOutsideTheModelAndHoles() throws IOException {
    Tokenizer tokenizer = read(JSON);
    assertThat(tokenizer.vocabularySize()).isEqualTo(8);
    assertThat(tokenizer.encode("ab a11<end><tool>", true)).containsExactly(2, 3, 0, 4, 4, 5, 7);
    assertThat(tokenizer.decode(new int[] {2, 5, 7})).isEqualTo("ab<tool>");
    assertThat(tokenizer.beginningOfSequence()).hasValue(5);
    assertThat(tokenizer.decode(new int[] {6})).isEqualTo("[PAD6]");
  }

  @Test
  void readsTheConfigurationsBesideIt() throws IOException {
    Files.writeString(
        directory.resolve("tokenizer_config.json"),
        "{\"add_bos_token\": false, \"eos_token\": {\"content\": \"<tool>\"}}");
    Files.writeString(directory.resolve("generation_config.json"), "{\"eos_token_id\": [5, 99]}");
    Tokenizer tokenizer = read(JSON);
    assertThat(tokenizer.beginningOfSequence()).isEmpty();
    assertThat(tokenizer.endOfGeneration()).containsExactlyInAnyOrder(5, 7);
  }

  @Test
  void unknownStepsAreRefusedByName() {
    refuse("\"NFC\"", "\"Lowercase\"", "normalizer 'Lowercase' in tokenizer.json is not supported");
    refuse("\"Digits\"", "\"Whitespace\"", "pre-tokenizer 'Whitespace'");
    refuse(
        "{\"type\": \"Digits\"",
        "{\"type\": \"Split\", \"behavior\": \"Isolated\", \"pattern\": {\"Regex\": \"(a+)+\"}",
        "pre-tokenizer pattern '(a+)+'");
    refuse(
        "\"add_prefix_space\": false",
        "\"add_prefix_space\": true",
        "pre-tokenizer 'ByteLevel' with these arguments");
    refuse(
        "\"decoder\": {\"type\": \"ByteLevel\"}",
        "\"decoder\": {\"type\": \"CTC\"}",
        "decoder 'CTC'");
    refuse("\"TemplateProcessing\"", "\"BertProcessing\"", "post-processor 'BertProcessing'");
    refuse("\"BPE\"", "\"Unigram\"", "model 'Unigram'");
    refuse("\"special\": false", "\"lstrip\": true", "added token '<tool>' with 'lstrip'");
    refuse("\"type\": \"BPE\",", "\"type\": \"BPE\", \"dropout\": 0.1,", "model option 'dropout'");
  }

  @Test
  void damagedFilesAreRefused() {
    refuse(
        "\"ab\": 2",
        "\"ab\": 2000000000",
        "key 'model.vocab': token id 2000000000: expected 0 to 13");
    refuse("\"ab\": 2", "\"ab\": 1", "key 'model.vocab': token id 1 is both 'b' and 'ab'");
    refuse("\"id\": 7", "\"id\": 0", "key 'model.vocab': token id 0 is both 'a' and '<tool>'");
    refuse("\"a b\"", "\"a c\"", "key 'model.merges': entry 0: 'c' is not in the vocabulary");
    refuse(
        "\"a b\"", "[\"a\", \"1\"]", "key 'model.merges': entry 0: 'a1' is not in the vocabulary");
    refuse("\"a b\"", "[\"a\"]", "key 'model.merges': entry 0: expected two tokens");
    refuse("\"a b\"", "\"a b\\q\"", "no valid JSON");
    refuse("{\"added", "[{\"added", "expected a JSON object");
  }

  @Test
  void mutatedFilesNeverFailInAnotherWay() throws IOException {
    byte[] bytes = JSON.getBytes(StandardCharsets.UTF_8);
    Random random = new Random(1);
    Path path = directory.resolve("mutated.json");
    for (int i = 0; i < 1000; i++) {
      byte[] mutated = bytes.clone();
      for (int change = random.nextInt(3); change >= 0; change--) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
      }
      Files.write(path, mutated);
      try {
        assertThat(Tokenizers.read(path).encode("ab 1<end>", true)).isNotNull();
      } catch (CoterieException e) {
        assertThat(e).hasMessageMatching("(?s).*(mutated\\.json|architecture).*");
      }
    }
  }

  private void refuse(String part, String other, String message) {
    assertThat(JSON).contains(part);
    assertThatThrownBy(() -> read(JSON.replace(part, other)))
        .isInstanceOf(CoterieException.class)
        .hasMessageContaining(message);
  }
}

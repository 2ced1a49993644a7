// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import dev.coterie.engine.format.Metadata;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Vocabularies of a few hundred tokens, as the metadata of a GGUF file that does not exist. */
public final class TinyVocabularies {
  static final Path PATH = Path.of("tiny.gguf");
  static final String CONTROL = "<|im_start|>";
  static final String USER_DEFINED = "<tool>";

  private TinyVocabularies() {}

  /** The names of all pre-tokenizers. */
  static List<String> preTokenizers() {
    return List.of(PreTokenizers.names().split(", "));
  }

  /**
   * Byte-level: the 256 bytes, eight merges, then {@link #CONTROL}, {@link #USER_DEFINED} and an
   * end.
   */
  public static Map<String, Object> byteLevel() {
    List<String> tokens = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      tokens.add(String.valueOf(ByteAlphabet.character(b)));
    }
    String[] merges = {"a a", "aa aa", "aaaa aaaa", "h e", "l l", "he ll", "hell o", "Ġ w"};
    for (String merge : merges) {
      tokens.add(merge.replace(" ", ""));
    }
    tokens.addAll(List.of(CONTROL, USER_DEFINED, "<|im_end|>"));
    long[] types = new long[tokens.size()];
    Arrays.fill(types, 1);
    types[264] = 3;
    types[265] = 4;
    types[266] = 3;
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("general.architecture", "llama");
    values.put("tokenizer.ggml.model", "gpt2");
    values.put("tokenizer.ggml.pre", "llama-bpe");
    values.put("tokenizer.ggml.tokens", tokens.toArray(new String[0]));
    values.put("tokenizer.ggml.token_type", types);
    values.put("tokenizer.ggml.merges", merges);
    values.put("tokenizer.ggml.bos_token_id", 264L);
    values.put("tokenizer.ggml.eos_token_id", 266L);
    return values;
  }

  /** SentencePiece-style: three specials, the 256 bytes and ten pieces. */
  static Map<String, Object> sentencePiece() {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    for (int b = 0; b < 256; b++) {
      tokens.add(String.format(Locale.ROOT, "<0x%02X>", b));
    }
    tokens.addAll(List.of("\u2581a", "aa", "aaaa", "\u2581b", "ab", "\u2581", "a", "b", "é", "中"));
    long[] types = new long[tokens.size()];
    Arrays.fill(types, 1);
    types[0] = 2;
    types[1] = 3;
    types[2] = 3;
    Arrays.fill(types, 3, 259, 6);
    double[] scores = new double[tokens.size()];
    for (int i = 259; i < scores.length; i++) {
      scores[i] = 259 - i;
    }
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("general.architecture", "llama");
    values.put("tokenizer.ggml.model", "llama");
    values.put("tokenizer.ggml.tokens", tokens.toArray(new String[0]));
    values.put("tokenizer.ggml.token_type", types);
    values.put("tokenizer.ggml.scores", scores);
    values.put("tokenizer.ggml.bos_token_id", 1L);
    values.put("tokenizer.ggml.eos_token_id", 2L);
    return values;
  }

  public static Metadata metadata(Map<String, Object> values) {
    return new Metadata(PATH, values);
  }
}

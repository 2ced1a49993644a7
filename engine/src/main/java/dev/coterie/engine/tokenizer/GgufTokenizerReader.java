// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.format.Metadata;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the {@code tokenizer.ggml} keys of a GGUF file. */
final class GgufTokenizerReader {
  private static final String MODEL = "tokenizer.ggml.model";
  private static final String PRE = "tokenizer.ggml.pre";
  private static final String TOKENS = "tokenizer.ggml.tokens";
  private static final String TYPES = "tokenizer.ggml.token_type";
  private static final String MERGES = "tokenizer.ggml.merges";
  private static final String SCORES = "tokenizer.ggml.scores";
  private static final String BEGINNING = "tokenizer.ggml.bos_token_id";
  private static final String UNKNOWN = "tokenizer.ggml.unknown_token_id";
  private static final String[] ENDS = {
    "tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"
  };

  private final Metadata metadata;

  GgufTokenizerReader(Metadata metadata) {
    this.metadata = metadata;
  }

  PromptTokenizer read() {
    String model = metadata.string(MODEL);
    return switch (model) {
      case "gpt2" -> readByteLevel();
      case "llama" -> readSentencePiece();
      default ->
          throw unsupported(
              "tokenizer '" + model + "' is not supported; supported are gpt2 and llama");
    };
  }

  private PromptTokenizer readByteLevel() {
    String name = metadata.string(PRE, "default");
    PreTokenizers.@Nullable Pre pre = PreTokenizers.named(name);
    if (pre == null) {
      throw unsupported(
          "pre-tokenizer '"
              + name
              + "' is not supported; supported are "
              + PreTokenizers.names()
              + "; if one of these cuts text the same way, convert the model with "
              + PRE
              + " set to it");
    }
    Vocabulary vocabulary = readVocabulary();
    MergeTable merges =
        MergeTable.ofRankedLines(metadata.strings(MERGES), vocabulary, MERGES, metadata::fault);
    return new ByteLevelTokenizer(
        vocabulary,
        readAdded(vocabulary),
        readBoundaries(vocabulary, pre.addBeginning()),
        new ByteLevelTokenizer.Rules(pre.preTokenizer(), merges, pre.ignoreMerges(), pre.nfc()));
  }

  private PromptTokenizer readSentencePiece() {
    Vocabulary vocabulary = readVocabulary();
    double[] scores = metadata.numbers(SCORES);
    checkLength(SCORES, scores.length, vocabulary.size());
    for (int id = 0; id < scores.length; id++) {
      if (Double.isNaN(scores[id])) {
        throw metadata.fault(SCORES, "entry " + id + ": expected a number, found NaN");
      }
    }
    int[] byteTokens = readByteTokens(vocabulary);
    int unknown = readUnknown(vocabulary);
    if (byteTokens.length == 0 && unknown == Vocabulary.ABSENT) {
      throw metadata.fault(TYPES, "expected 256 byte tokens or an unknown token, found neither");
    }
    boolean prefixed = metadata.bool("tokenizer.ggml.add_space_prefix", true);
    return new SentencePieceTokenizer(
        vocabulary,
        readAdded(vocabulary),
        readBoundaries(vocabulary, true),
        new SentencePieceTokenizer.Rules(
            MergeTable.ofScores(scores, vocabulary), byteTokens, unknown, prefixed, prefixed));
  }

  private Vocabulary readVocabulary() {
    String[] tokens = metadata.strings(TOKENS);
    String sizeKey = metadata.string("general.architecture", "") + ".vocab_size";
    if (metadata.contains(sizeKey)) {
      int size = metadata.integer(sizeKey, 0, Integer.MAX_VALUE);
      if (size != tokens.length) {
        throw metadata.fault(
            sizeKey, "expected " + tokens.length + ", the length of " + TOKENS + ", found " + size);
      }
    }
    TokenType[] types = new TokenType[tokens.length];
    if (metadata.contains(TYPES)) {
      long[] codes = metadata.integers(TYPES);
      checkLength(TYPES, codes.length, tokens.length);
      for (int id = 0; id < types.length; id++) {
        if (codes[id] < 1 || codes[id] > TokenType.COUNT) {
          throw metadata.fault(
              TYPES, "entry " + id + ": expected 1 to " + TokenType.COUNT + ", found " + codes[id]);
        }
        types[id] = TokenType.ofCode((int) codes[id]);
      }
    } else {
      Arrays.fill(types, TokenType.NORMAL);
    }
    return new Vocabulary(tokens, types, TOKENS, metadata::fault);
  }

  private int[] readByteTokens(Vocabulary vocabulary) {
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.type(id) == TokenType.BYTE
          && SentencePieceTokenizer.byteOf(vocabulary.token(id)) < 0) {
        throw metadata.fault(
            TOKENS,
            "token " + id + ": expected a byte like <0x0A>, found '" + vocabulary.token(id) + "'");
      }
    }
    return SentencePieceTokenizer.byteTokens(vocabulary);
  }

  private int readUnknown(Vocabulary vocabulary) {
    if (metadata.contains(UNKNOWN)) {
      return metadata.integer(UNKNOWN, 0, vocabulary.size() - 1);
    }
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.type(id) == TokenType.UNKNOWN) {
        return id;
      }
    }
    return Vocabulary.ABSENT;
  }

  private static VocabularyTokenizer.Added readAdded(Vocabulary vocabulary) {
    IntList added = new IntList(64);
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.type(id).isAdded()) {
        added.add(id);
      }
    }
    return new VocabularyTokenizer.Added(
        AddedTokens.of(added.toArray(), vocabulary), AddedTokens.of(new int[0], vocabulary));
  }

  private VocabularyTokenizer.Boundaries readBoundaries(
      Vocabulary vocabulary, boolean addsBeginning) {
    int most = vocabulary.size() - 1;
    OptionalInt beginning = OptionalInt.empty();
    if (metadata.contains(BEGINNING)) {
      int id = metadata.integer(BEGINNING, 0, most);
      if (metadata.bool("tokenizer.ggml.add_bos_token", addsBeginning)) {
        beginning = OptionalInt.of(id);
      }
    }
    Set<Integer> ends = Endings.in(vocabulary);
    for (String key : ENDS) {
      if (metadata.contains(key)) {
        ends.add(metadata.integer(key, 0, most));
      }
    }
    return new VocabularyTokenizer.Boundaries(beginning, ends);
  }

  private void checkLength(String key, int found, int expected) {
    if (found != expected) {
      throw metadata.fault(key, "expected " + expected + " entries, one a token, found " + found);
    }
  }

  private UnsupportedModelException unsupported(String feature) {
    return new UnsupportedModelException(
        metadata.string("general.architecture", "unknown"), feature);
  }
}

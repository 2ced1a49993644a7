// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import dev.coterie.ModelFormatException;
import dev.coterie.UnsupportedModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a SentencePiece model ({@code tokenizer.model}) as the key-value pairs of a GGUF file,
 * whose token types have the same codes. Field numbers are those of sentencepiece_model.proto.
 */
final class SentencePieceModelReader {
  private static final long MOST_BYTES = 1L << 28;
  private static final int BPE = 2;
  private static final long USER_DEFINED = 4;
  private static final long CONTROL = 3;
  private static final long UNUSED = 5;

  private final Path path;
  private final JsonConfigs configs;
  private final List<String> tokens = new ArrayList<>();
  private final List<Float> scores = new ArrayList<>();
  private final List<Long> types = new ArrayList<>();
  private int modelType = 1;
  private int unknown;
  private int beginning = 1;
  private int end = 2;
  private boolean prefixing = true;
  private boolean collapsing = true;
  private boolean escaping = true;
  private boolean suffixing;
  private int mapBytes;

  private SentencePieceModelReader(Path path, JsonConfigs configs) {
    this.path = path;
    this.configs = configs;
  }

  /**
   * Reads a file.
   *
   * @param size the model's number of ids, or 0 for as many as there are tokens
   */
  static Map<String, Object> pairs(Path path, int size) throws IOException {
    SentencePieceModelReader reader = new SentencePieceModelReader(path, JsonConfigs.beside(path));
    reader.model(new ProtobufReader(path, bytes(path)));
    reader.check();
    reader.addTokens(size);
    return reader.pairs();
  }

  private static byte[] bytes(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes((int) MOST_BYTES);
      if (in.read() >= 0) {
        throw new ModelFormatException(path, MOST_BYTES, "expected at most 256 MiB, found more");
      }
      if (bytes.length == 0 || bytes[0] != '\n') {
        throw new ModelFormatException(
            path, 0, "no SentencePiece model; load the tokenizer.json or a GGUF file of the model");
      }
      return bytes;
    }
  }

  private void model(ProtobufReader in) {
    while (in.next()) {
      switch (in.field()) {
        case 1 -> piece(in.message());
        case 2 -> trainer(in.message());
        case 3 -> normalizer(in.message());
        default -> in.skip();
      }
    }
  }

  private void piece(ProtobufReader in) {
    String token = "";
    float score = 0;
    int type = 1;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> token = in.string();
        case 2 -> score = in.decimal();
        case 3 -> type = in.integer();
        default -> in.skip();
      }
    }
    if (type < 1 || type > TokenType.COUNT) {
      throw in.fault("token '" + token + "': expected a type of 1 to 6, found " + type);
    }
    add(token, score, type);
  }

  private void trainer(ProtobufReader in) {
    while (in.next()) {
      switch (in.field()) {
        case 3 -> modelType = in.integer();
        case 24 -> suffixing = in.bool();
        case 40 -> unknown = in.integer();
        case 41 -> beginning = in.integer();
        case 42 -> end = in.integer();
        default -> in.skip();
      }
    }
  }

  private void normalizer(ProtobufReader in) {
    while (in.next()) {
      switch (in.field()) {
        case 2 -> mapBytes = in.length();
        case 3 -> prefixing = in.bool();
        case 4 -> collapsing = in.bool();
        case 5 -> escaping = in.bool();
        default -> in.skip();
      }
    }
  }

  private void check() {
    require(modelType == BPE, "a model of type " + modelType + " (not BPE)");
    require(mapBytes == 0, "a normalization map");
    require(!collapsing, "remove_extra_whitespaces");
    require(escaping, "text without escape_whitespaces");
    require(!suffixing, "treat_whitespace_as_suffix");
  }

  private static void require(boolean known, String feature) {
    if (!known) {
      throw new UnsupportedModelException(
          "unknown", feature + " in a SentencePiece model is not supported");
    }
  }

  /** Adds what tokenizer_config.json has beyond the pieces, and rows that are not used. */
  private void addTokens(int size) {
    Map<Integer, JsonConfigs.Added> added = configs.addedTokens();
    int most = Math.max(size, tokens.size() + added.size());
    int pieces = tokens.size();
    for (JsonConfigs.Added token : added.values()) {
      if (token.id() < pieces && !tokens.get(token.id()).equals(token.content())) {
        throw fault(
            "token "
                + token.id()
                + " is both '"
                + tokens.get(token.id())
                + "' and '"
                + token.content()
                + "'");
      }
      if (token.id() >= most) {
        throw fault(
            "added token '"
                + token.content()
                + "': expected an id below "
                + most
                + ", found "
                + token.id());
      }
      while (tokens.size() <= token.id()) {
        add("[PAD" + tokens.size() + "]", 0, UNUSED);
      }
      if (token.id() >= pieces) {
        tokens.set(token.id(), token.content());
        types.set(token.id(), token.special() ? CONTROL : USER_DEFINED);
      }
    }
    if (size > 0 && tokens.size() > size) {
      throw fault("expected at most " + size + " tokens as the model has, found " + tokens.size());
    }
    while (tokens.size() < size) {
      add("[PAD" + tokens.size() + "]", 0, UNUSED);
    }
  }

  private void add(String token, float score, long type) {
    tokens.add(token);
    scores.add(score);
    types.add(type);
  }

  private Map<String, Object> pairs() {
    Map<String, Object> pairs = new LinkedHashMap<>();
    pairs.put("tokenizer.ggml.model", "llama");
    pairs.put("tokenizer.ggml.pre", "default");
    pairs.put("tokenizer.ggml.tokens", tokens.toArray(new String[0]));
    pairs.put("tokenizer.ggml.scores", scores.stream().mapToDouble(Float::doubleValue).toArray());
    pairs.put("tokenizer.ggml.token_type", types.stream().mapToLong(Long::longValue).toArray());
    pairs.put("tokenizer.ggml.add_space_prefix", prefixing);
    putId(pairs, "unknown", unknown);
    putId(pairs, "bos", beginning);
    putId(pairs, "eos", end);
    for (int id : configs.endIds()) {
      if (id != end && id < tokens.size()) {
        putId(pairs, "eot", id);
      }
    }
    pairs.put("tokenizer.ggml.add_bos_token", beginning >= 0 && !configs.omitsBeginning());
    return pairs;
  }

  /** A negative id stands for none. */
  private static void putId(Map<String, Object> pairs, String kind, int id) {
    if (id >= 0) {
      pairs.put("tokenizer.ggml." + kind + "_token_id", (long) id);
    }
  }

  private ModelFormatException fault(String detail) {
    return new ModelFormatException(path, -1, detail);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes a tokenizer of a Hugging Face tokenizer.json and the configurations beside it. */
final class JsonTokenizerReader {
  private final JsonDocument document;
  private final JsonConfigs configs;
  private final int size; // 0: as many ids as the file has

  private JsonTokenizerReader(JsonDocument document, JsonConfigs configs, int size) {
    this.document = document;
    this.configs = configs;
    this.size = size;
  }

  static PromptTokenizer read(Path path, int size) throws IOException {
    return new JsonTokenizerReader(JsonDocument.read(path), JsonConfigs.beside(path), size).read();
  }

  /** The tokenizer as the key-value pairs of a GGUF file. */
  static Map<String, Object> pairs(Path path, int size) throws IOException {
    JsonTokenizerReader reader =
        new JsonTokenizerReader(JsonDocument.read(path), JsonConfigs.beside(path), size);
    reader.read(); // refuses what is not known
    return reader.pairs();
  }

  private Map<String, Object> pairs() {
    JsonPipeline pipeline = JsonPipeline.of(document.root);
    Vocabulary vocabulary = readVocabulary(pipeline);
    Map<String, Object> pairs = new LinkedHashMap<>();
    pairs.put("tokenizer.ggml.model", pipeline.byteLevel ? "gpt2" : "llama");
    pairs.put("tokenizer.ggml.pre", pipeline.byteLevel ? preName(pipeline) : "default");
    String[] tokens = new String[vocabulary.size()];
    long[] types = new long[tokens.length];
    for (int id = 0; id < tokens.length; id++) {
      tokens[id] = vocabulary.token(id);
      types[id] = vocabulary.type(id).ordinal() + 1L;
    }
    pairs.put("tokenizer.ggml.tokens", tokens);
    pairs.put("tokenizer.ggml.token_type", types);
    if (pipeline.byteLevel) {
      String[] merges = new String[document.merges.size() / 2];
      for (int i = 0; i < merges.length; i++) {
        merges[i] = document.merges.get(2 * i) + " " + document.merges.get(2 * i + 1);
      }
      pairs.put("tokenizer.ggml.merges", merges);
    } else {
      pairs.put("tokenizer.ggml.scores", scores(vocabulary));
      pairs.put("tokenizer.ggml.add_space_prefix", pipeline.prefixing);
      putId(pairs, vocabulary, "unknown", JsonValues.string(document.model, "unk_token"));
    }
    VocabularyTokenizer.Boundaries boundaries = readBoundaries(vocabulary, pipeline);
    String beginning = configs.beginning() != null ? configs.beginning() : pipeline.beginning;
    putId(pairs, vocabulary, "bos", beginning == null ? "" : beginning);
    if (!configs.ends().isEmpty()) {
      putId(pairs, vocabulary, "eos", configs.ends().getFirst());
    }
    int further = configs.endIds().length == 0 ? -1 : configs.endIds()[0];
    if (further >= 0 && further < vocabulary.size()) {
      pairs.putIfAbsent("tokenizer.ggml.eos_token_id", (long) further);
    }
    pairs.put("tokenizer.ggml.add_bos_token", boundaries.beginning().isPresent());
    return pairs;
  }

  private String preName(JsonPipeline pipeline) {
    String name =
        PreTokenizers.nameOf(
            pipeline.preTokenizer().patterns(),
            JsonValues.bool(document.model, "ignore_merges", false),
            pipeline.normalizing);
    if (name == null) {
      throw JsonPipeline.unsupported("a pre-tokenizer that has no name in GGUF files");
    }
    return name;
  }

  /** Tokens that are merged sooner score higher. */
  private double[] scores(Vocabulary vocabulary) {
    double[] scores = new double[vocabulary.size()];
    java.util.Arrays.fill(scores, -1e6);
    for (int i = document.merges.size() / 2 - 1; i >= 0; i--) {
      int id = vocabulary.find(document.merges.get(2 * i) + document.merges.get(2 * i + 1));
      if (id != Vocabulary.ABSENT) {
        scores[id] = -i;
      }
    }
    return scores;
  }

  private static void putId(
      Map<String, Object> pairs, Vocabulary vocabulary, String kind, String token) {
    int id = vocabulary.find(token);
    if (id != Vocabulary.ABSENT) {
      pairs.put("tokenizer.ggml." + kind + "_token_id", (long) id);
    }
  }

  private PromptTokenizer read() {
    checkModel();
    JsonPipeline pipeline = JsonPipeline.of(document.root);
    if (pipeline.byteLevel == pipeline.marking) {
      throw JsonPipeline.unsupported("a model that is neither byte-level nor SentencePiece");
    }
    Vocabulary vocabulary = readVocabulary(pipeline);
    MergeTable merges = readMerges(vocabulary);
    VocabularyTokenizer.Boundaries boundaries = readBoundaries(vocabulary, pipeline);
    if (pipeline.byteLevel) {
      return new ByteLevelTokenizer(
          vocabulary,
          new VocabularyTokenizer.Added(added(vocabulary, false), added(vocabulary, true)),
          boundaries,
          new ByteLevelTokenizer.Rules(
              pipeline.preTokenizer(),
              merges,
              JsonValues.bool(document.model, "ignore_merges", false),
              pipeline.normalizing));
    }
    int[] byteTokens = SentencePieceTokenizer.byteTokens(vocabulary);
    int unknown = vocabulary.find(JsonValues.string(document.model, "unk_token"));
    if (byteTokens.length == 0 && unknown == Vocabulary.ABSENT) {
      throw document.fault("model", "expected 256 byte tokens or an unk_token, found neither");
    }
    return new SentencePieceTokenizer(
        vocabulary,
        new VocabularyTokenizer.Added(
            added(vocabulary, null), AddedTokens.of(new int[0], vocabulary)),
        boundaries,
        new SentencePieceTokenizer.Rules(
            merges, byteTokens, unknown, pipeline.prefixing, pipeline.stripping));
  }

  private void checkModel() {
    String type = JsonValues.string(document.model, "type");
    if (!type.equals("BPE")) {
      throw JsonPipeline.unsupported("model '" + type + "'");
    }
    for (String key : new String[] {"continuing_subword_prefix", "end_of_word_suffix"}) {
      if (!JsonValues.string(document.model, key).isEmpty()) {
        throw JsonPipeline.unsupported("model option '" + key + "'");
      }
    }
    if (document.model.get("dropout") != null) {
      throw JsonPipeline.unsupported("model option 'dropout'");
    }
  }

  private Vocabulary readVocabulary(JsonPipeline pipeline) {
    int count = document.vocabularyTokens.size();
    int most = -1;
    for (int i = 0; i < count; i++) {
      most = Math.max(most, checkId(document.vocabularyIds.get(i), "model.vocab"));
    }
    for (Object value : JsonValues.array(document.root.get("added_tokens"))) {
      Object id = JsonValues.object(value).get("id");
      most = Math.max(most, checkId(JsonValues.integer(id, -1), "added_tokens"));
    }
    if (size > 0 && most >= size) {
      throw document.fault(
          "model.vocab",
          "expected at most " + size + " tokens as the model has, found " + (most + 1));
    }
    @Nullable String[] tokens = new @Nullable String[Math.max(most + 1, size)];
    TokenType[] types = new TokenType[tokens.length];
    boolean bytes = pipeline.marking && JsonValues.bool(document.model, "byte_fallback", false);
    String unknown = JsonValues.string(document.model, "unk_token");
    for (int i = 0; i < count; i++) {
      String token = document.vocabularyTokens.get(i);
      boolean isByte = bytes && SentencePieceTokenizer.byteOf(token) >= 0;
      TokenType type = token.equals(unknown) ? TokenType.UNKNOWN : TokenType.NORMAL;
      put(tokens, types, document.vocabularyIds.get(i), token, isByte ? TokenType.BYTE : type);
    }
    for (Object value : JsonValues.array(document.root.get("added_tokens"))) {
      Map<String, @Nullable Object> entry = JsonValues.object(value);
      String token = JsonValues.string(entry, "content");
      JsonConfigs.requirePlain(entry, token);
      boolean special = JsonValues.bool(entry, "special", false);
      put(
          tokens,
          types,
          JsonValues.integer(entry.get("id"), -1),
          token,
          special ? TokenType.CONTROL : TokenType.USER_DEFINED);
    }
    return new Vocabulary(filled(tokens, types), types, "model.vocab", document::fault);
  }

  /** Bounds ids by the number of tokens, so that one large id cannot claim a large table. */
  private int checkId(int id, String key) {
    int limit =
        2 * document.vocabularyTokens.size()
            + 2 * JsonValues.array(document.root.get("added_tokens")).size();
    if (id < 0 || id >= limit) {
      throw document.fault(key, "token id " + id + ": expected 0 to " + (limit - 1));
    }
    return id;
  }

  private void put(
      @Nullable String[] tokens, TokenType[] types, int id, String token, TokenType type) {
    String present = tokens[id];
    if (present != null && !present.equals(token)) {
      throw document.fault(
          "model.vocab", "token id " + id + " is both '" + present + "' and '" + token + "'");
    }
    tokens[id] = token;
    types[id] = type;
  }

  private static String[] filled(@Nullable String[] tokens, TokenType[] types) {
    String[] filled = new String[tokens.length];
    for (int id = 0; id < tokens.length; id++) {
      String token = tokens[id];
      if (token == null) {
        types[id] = TokenType.UNUSED;
      }
      filled[id] = token == null ? "[PAD" + id + "]" : token;
    }
    return filled;
  }

  private MergeTable readMerges(Vocabulary vocabulary) {
    IntList ids = new IntList(document.merges.size());
    for (String token : document.merges) {
      int id = vocabulary.find(token);
      if (id == Vocabulary.ABSENT) {
        throw document.fault(
            "model.merges",
            "entry " + ids.size() / 2 + ": '" + token + "' is not in the vocabulary");
      }
      ids.add(id);
    }
    return MergeTable.ofRankedIds(ids, vocabulary, "model.merges", document::fault);
  }

  private AddedTokens added(Vocabulary vocabulary, @Nullable Boolean normalized) {
    IntList ids = new IntList(64);
    for (Object value : JsonValues.array(document.root.get("added_tokens"))) {
      Map<String, @Nullable Object> entry = JsonValues.object(value);
      if (normalized == null || JsonValues.bool(entry, "normalized", false) == normalized) {
        ids.add(JsonValues.integer(entry.get("id"), -1));
      }
    }
    return AddedTokens.of(ids.toArray(), vocabulary);
  }

  private VocabularyTokenizer.Boundaries readBoundaries(
      Vocabulary vocabulary, JsonPipeline pipeline) {
    String name = configs.addsBeginning() ? configs.beginning() : pipeline.beginning;
    OptionalInt beginning = OptionalInt.empty();
    if (name != null && !configs.omitsBeginning()) {
      int id = vocabulary.find(name);
      beginning = id == Vocabulary.ABSENT ? OptionalInt.empty() : OptionalInt.of(id);
    }
    Set<Integer> ends = Endings.in(vocabulary);
    for (String end : configs.ends()) {
      int id = vocabulary.find(end);
      if (id != Vocabulary.ABSENT) {
        ends.add(id);
      }
    }
    for (int id : configs.endIds()) {
      if (id >= 0 && id < vocabulary.size()) {
        ends.add(id);
      }
    }
    int classic = vocabulary.find("</s>");
    if (pipeline.marking && classic != Vocabulary.ABSENT) {
      ends.add(classic);
    }
    return new VocabularyTokenizer.Boundaries(beginning, ends);
  }
}

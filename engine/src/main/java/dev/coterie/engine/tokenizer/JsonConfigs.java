// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.coterie.ModelFormatException;
import dev.coterie.UnsupportedModelException;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What {@code tokenizer_config.json} and {@code generation_config.json} beside a tokenizer.json say
 * of the ends of sequences.
 */
final class JsonConfigs {
  private final Map<String, @Nullable Object> tokenizer;
  private final Map<String, @Nullable Object> generation;

  private JsonConfigs(
      Map<String, @Nullable Object> tokenizer, Map<String, @Nullable Object> generation) {
    this.tokenizer = tokenizer;
    this.generation = generation;
  }

  /** The configurations beside a file; one that is missing says nothing. */
  static JsonConfigs beside(Path path) throws IOException {
    return new JsonConfigs(
        read(path.resolveSibling("tokenizer_config.json")),
        read(path.resolveSibling("generation_config.json")));
  }

  private static Map<String, @Nullable Object> read(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      return Map.of();
    }
    try (InputStream in = Files.newInputStream(path);
        JsonParser parser = JsonValues.FACTORY.createParser(in)) {
      return parser.nextToken() == null ? Map.of() : JsonValues.object(JsonValues.read(parser));
    } catch (JsonProcessingException | CharConversionException e) {
      throw new ModelFormatException(path, -1, "no valid JSON: " + e.getMessage(), e);
    }
  }

  /** Whether a beginning is asked for in so many words. */
  boolean addsBeginning() {
    return JsonValues.bool(tokenizer, "add_bos_token", false);
  }

  /** Whether a beginning is declined in so many words. */
  boolean omitsBeginning() {
    return !JsonValues.bool(tokenizer, "add_bos_token", true);
  }

  @Nullable String beginning() {
    return token("bos_token");
  }

  /** The names of the tokens that end an answer. */
  List<String> ends() {
    String end = token("eos_token");
    return end == null ? List.of() : List.of(end);
  }

  /** The ids of the tokens that end an answer. */
  int[] endIds() {
    Object value = generation.get("eos_token_id");
    if (!(value instanceof List<?> list)) {
      return new int[] {JsonValues.integer(value, -1)};
    }
    int[] ids = new int[list.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = JsonValues.integer(list.get(i), -1);
    }
    return ids;
  }

  /**
   * A token that is cut out of a text.
   *
   * @param special whether decoded text leaves it out
   */
  record Added(int id, String content, boolean special) {}

  /** The tokens of {@code added_tokens_decoder} by id. */
  Map<Integer, Added> addedTokens() {
    Map<Integer, Added> added = new TreeMap<>();
    for (var entry : JsonValues.object(tokenizer.get("added_tokens_decoder")).entrySet()) {
      Map<String, @Nullable Object> token = JsonValues.object(entry.getValue());
      String content = JsonValues.string(token, "content");
      requirePlain(token, content);
      if (!entry.getKey().matches("[0-9]{1,9}")) {
        throw new UnsupportedModelException(
            "unknown", "added token '" + content + "' with id '" + entry.getKey() + "'");
      }
      int id = Integer.parseInt(entry.getKey());
      added.put(id, new Added(id, content, JsonValues.bool(token, "special", false)));
    }
    return added;
  }

  /** Refuses an added token that takes text around it along. */
  static void requirePlain(Map<String, @Nullable Object> token, String content) {
    for (String key : new String[] {"lstrip", "rstrip", "single_word"}) {
      if (JsonValues.bool(token, key, false)) {
        throw JsonPipeline.unsupported("added token '" + content + "' with '" + key + "'");
      }
    }
  }

  private @Nullable String token(String key) {
    Object value = tokenizer.get(key);
    if (value instanceof String name) {
      return name;
    }
    String content = JsonValues.string(JsonValues.object(value), "content");
    return content.isEmpty() ? null : content;
  }
}

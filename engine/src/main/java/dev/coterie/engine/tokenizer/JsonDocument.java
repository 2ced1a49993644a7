// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.coterie.ModelFormatException;
import java.io.BufferedInputStream;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A tokenizer.json as it is written: vocabulary and merges in flat lists, the rest as values. */
final class JsonDocument {
  private final Path path;

  /** The members outside {@code model.vocab} and {@code model.merges}. */
  final Map<String, @Nullable Object> root = new LinkedHashMap<>();

  final Map<String, @Nullable Object> model = new LinkedHashMap<>();
  final List<String> vocabularyTokens = new ArrayList<>();
  final IntList vocabularyIds = new IntList(1 << 16);

  /** Left and right tokens, alternating. */
  final List<String> merges = new ArrayList<>();

  private JsonDocument(Path path) {
    this.path = path;
  }

  static JsonDocument read(Path path) throws IOException {
    JsonDocument document = new JsonDocument(path);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path), 1 << 16);
        JsonParser parser = JsonValues.FACTORY.createParser(in)) {
      document.readRoot(parser);
    } catch (JsonProcessingException e) {
      throw new ModelFormatException(
          path,
          e.getLocation() == null ? -1 : e.getLocation().getByteOffset(),
          "no valid JSON: " + e.getOriginalMessage(),
          e);
    } catch (CharConversionException e) {
      throw new ModelFormatException(path, -1, "no valid JSON: " + e.getMessage(), e);
    }
    return document;
  }

  ModelFormatException fault(String key, String detail) {
    return new ModelFormatException(path, -1, "key '" + key + "': " + detail);
  }

  private void readRoot(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new ModelFormatException(path, 0, "expected a JSON object");
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken token = parser.nextToken();
      if (name.equals("model") && token == JsonToken.START_OBJECT) {
        readModel(parser);
      } else {
        root.put(name, JsonValues.read(parser));
      }
    }
  }

  private void readModel(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken token = parser.nextToken();
      if (name.equals("vocab") && token == JsonToken.START_OBJECT) {
        readVocabulary(parser);
      } else if (name.equals("merges") && token == JsonToken.START_ARRAY) {
        readMerges(parser);
      } else {
        model.put(name, JsonValues.read(parser));
      }
    }
  }

  private void readVocabulary(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String token = parser.currentName();
      if (parser.nextToken() != JsonToken.VALUE_NUMBER_INT) {
        throw fault("model.vocab", "token '" + token + "': expected an integer");
      }
      vocabularyTokens.add(token);
      vocabularyIds.add(parser.getIntValue());
    }
  }

  private void readMerges(JsonParser parser) throws IOException {
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      if (token == JsonToken.VALUE_STRING) {
        String line = parser.getText();
        int space = line.indexOf(' ', 1);
        if (space < 0 || space == line.length() - 1) {
          throw malformedMerge();
        }
        merges.add(line.substring(0, space));
        merges.add(line.substring(space + 1));
      } else if (token == JsonToken.START_ARRAY) {
        for (int i = 0; i < 2; i++) {
          if (parser.nextToken() != JsonToken.VALUE_STRING) {
            throw malformedMerge();
          }
          merges.add(parser.getText());
        }
        if (parser.nextToken() != JsonToken.END_ARRAY) {
          throw malformedMerge();
        }
      } else {
        throw malformedMerge();
      }
    }
  }

  private ModelFormatException malformedMerge() {
    return fault("model.merges", "entry " + merges.size() / 2 + ": expected two tokens");
  }
}

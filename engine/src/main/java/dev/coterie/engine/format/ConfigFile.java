// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.coterie.ModelFormatException;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object in a file beside a model, or an object within it, with typed access whose errors
 * name the key. A key whose value is null is the same as one that is absent. Immutable.
 */
final class ConfigFile {
  /** More than any config, and more than the index of any model has. */
  private static final long MOST_BYTES = 32_000_000;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private final Path path;
  private final String prefix;
  private final Map<String, Object> values;

  private ConfigFile(Path path, String prefix, Map<String, Object> values) {
    this.path = path;
    this.prefix = prefix;
    this.values = values;
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read
   * @throws ModelFormatException if it is not a JSON object, or a key appears twice
   */
  static ConfigFile read(Path path) throws IOException {
    if (Files.isRegularFile(path) && Files.size(path) > MOST_BYTES) {
      throw new ModelFormatException(
          path, -1, "expected at most " + MOST_BYTES + " bytes, found " + Files.size(path));
    }
    try (InputStream in = Files.newInputStream(path);
        JsonParser parser = FACTORY.createParser(in)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new ModelFormatException(path, 0, "expected a JSON object");
      }
      Map<String, Object> values = object(path, parser);
      if (parser.nextToken() != null) {
        throw new ModelFormatException(
            path, parser.currentTokenLocation().getByteOffset(), "expected one JSON object only");
      }
      return new ConfigFile(path, "", values);
    } catch (JsonProcessingException e) {
      throw new ModelFormatException(
          path,
          e.getLocation() == null ? -1 : e.getLocation().getByteOffset(),
          "no valid JSON: " + e.getOriginalMessage(),
          e);
    } catch (CharConversionException e) {
      throw new ModelFormatException(path, -1, "no valid JSON: " + e.getMessage(), e);
    }
  }

  private static Map<String, Object> object(Path path, JsonParser parser) throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      Object value = value(path, parser);
      if (value != null) {
        object.put(name, value);
      }
    }
    return object;
  }

  private static @Nullable Object value(Path path, JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(path, parser);
      case START_ARRAY -> {
        List<@Nullable Object> array = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(value(path, parser));
        }
        yield array;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT -> {
        Number number = parser.getNumberValue();
        yield number instanceof BigInteger ? (Object) number.doubleValue() : number.longValue();
      }
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  Path path() {
    return path;
  }

  boolean contains(String key) {
    return values.containsKey(key);
  }

  /** All pairs. */
  Map<String, Object> values() {
    return values;
  }

  @Nullable Object get(String key) {
    return values.get(key);
  }

  /** The object of a key; empty if absent. */
  ConfigFile object(String key) {
    Object value = values.getOrDefault(key, Map.of());
    if (!(value instanceof Map<?, ?> map)) {
      throw fault(key, "expected an object, found " + describe(value));
    }
    @SuppressWarnings("unchecked")
    Map<String, Object> object = (Map<String, Object>) map;
    return new ConfigFile(path, prefix + key + ".", object);
  }

  String string(String key, String absent) {
    Object value = values.getOrDefault(key, absent);
    if (!(value instanceof String text)) {
      throw fault(key, "expected a string, found " + describe(value));
    }
    return text;
  }

  boolean bool(String key, boolean absent) {
    Object value = values.getOrDefault(key, absent);
    if (!(value instanceof Boolean bool)) {
      throw fault(key, "expected a boolean, found " + describe(value));
    }
    return bool;
  }

  /** An integer from 0 up to a bound. */
  long integer(String key, long most, long absent) {
    Object value = values.getOrDefault(key, absent);
    if (!(value instanceof Long number)) {
      throw fault(key, "expected an integer, found " + describe(value));
    }
    if (number < 0 || number > most) {
      throw fault(key, "expected 0 to " + most + ", found " + number);
    }
    return number;
  }

  /** A number that must be there if there is no value for its absence. */
  double number(String key, @Nullable Double absent) {
    Object value = values.getOrDefault(key, absent == null ? "nothing" : absent);
    if (!(value instanceof Number number) || !Double.isFinite(number.doubleValue())) {
      throw fault(key, "expected a number, found " + describe(value));
    }
    return number.doubleValue();
  }

  /** An array; empty if absent. */
  List<?> array(String key) {
    Object value = values.getOrDefault(key, List.of());
    if (!(value instanceof List<?> list)) {
      throw fault(key, "expected an array, found " + describe(value));
    }
    return list;
  }

  /** An array of integers; empty if absent. */
  long[] integers(String key) {
    List<?> list = array(key);
    long[] result = new long[list.size()];
    for (int i = 0; i < result.length; i++) {
      if (!(list.get(i) instanceof Long number)) {
        throw fault(key, "expected an array of integers, found " + describe(list.get(i)));
      }
      result[i] = number;
    }
    return result;
  }

  /** The key as the file has it, with the objects that it lies in. */
  String name(String key) {
    return prefix + key;
  }

  ModelFormatException fault(String key, String detail) {
    return new ModelFormatException(path, -1, "key '" + name(key) + "': " + detail);
  }

  static String describe(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case Map<?, ?> map -> "an object";
      case List<?> list -> "an array of " + list.size();
      case String text when text.equals("nothing") -> text;
      case String text -> GgufCursor.quote(text);
      default -> value.toString();
    };
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.ModelFormatException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The key-value pairs of a model file, with typed access whose errors name the key. Immutable.
 * Those of a mapped file are read from it each time: keep the result of a long array, and ask
 * before the file is closed.
 *
 * <p>Values are {@link Long} for every integer type (an unsigned 64-bit one beyond {@code long} is
 * refused by the reader), {@link Double} for both float types, {@link Boolean}, {@link String}, and
 * for arrays {@code long[]}, {@code double[]}, {@code boolean[]} or {@code String[]}.
 */
public final class Metadata {
  private final Path path;
  private final Map<String, Object> values;
  private final Map<String, String> origins;

  /**
   * Wraps the pairs of a file.
   *
   * @param path the file, for error messages
   * @param values the pairs in file order
   */
  public Metadata(Path path, Map<String, Object> values) {
    this(path, values, Map.of());
  }

  /**
   * Wraps pairs that a file has under other names.
   *
   * @param path the file, for error messages
   * @param values the pairs
   * @param origins for error messages, what the file calls a key
   */
  Metadata(Path path, Map<String, Object> values, Map<String, String> origins) {
    this.path = path;
    this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    this.origins = Map.copyOf(origins);
  }

  /** Takes the pairs of a mapped file as they are. */
  Metadata(Path path, GgufMetadata values) {
    this.path = path;
    this.values = values;
    this.origins = Map.of();
  }

  public Path path() {
    return path;
  }

  public Map<String, Object> values() {
    return values;
  }

  public boolean contains(String key) {
    return values.containsKey(key);
  }

  public String string(String key) {
    return value(key, String.class, "a string");
  }

  public String string(String key, String absent) {
    return contains(key) ? string(key) : absent;
  }

  public boolean bool(String key, boolean absent) {
    return contains(key) ? value(key, Boolean.class, "a boolean") : absent;
  }

  /** An integer within a range. */
  public int integer(String key, int least, int most) {
    long value = value(key, Long.class, "an integer");
    if (value < least || value > most) {
      throw fault(key, "expected " + least + " to " + most + ", found " + value);
    }
    return (int) value;
  }

  public int integer(String key, int least, int most, int absent) {
    return contains(key) ? integer(key, least, most) : absent;
  }

  /** A finite number. */
  public double number(String key) {
    double value = value(key, Number.class, "a number").doubleValue();
    if (!Double.isFinite(value)) {
      throw fault(key, "expected a finite number, found " + value);
    }
    return value;
  }

  public double number(String key, double absent) {
    return contains(key) ? number(key) : absent;
  }

  public String[] strings(String key) {
    return value(key, String[].class, "an array of strings");
  }

  public long[] integers(String key) {
    return value(key, long[].class, "an array of integers");
  }

  public double[] numbers(String key) {
    return value(key, double[].class, "an array of numbers");
  }

  /** One integer a layer: from an array of that length, or from a scalar that holds for all. */
  public int[] integerPerLayer(String key, int layers, int least, int most) {
    int[] result = new int[layers];
    if (!(values.get(key) instanceof long[] array)) {
      Arrays.fill(result, integer(key, least, most));
      return result;
    }
    if (array.length != layers) {
      throw fault(key, "expected an array of " + layers + " integers, found " + array.length);
    }
    for (int i = 0; i < layers; i++) {
      if (array[i] < least || array[i] > most) {
        throw fault(key, "expected " + least + " to " + most + ", found " + array[i]);
      }
      result[i] = (int) array[i];
    }
    return result;
  }

  /** The error for a key whose value will not do. */
  public ModelFormatException fault(String key, String detail) {
    long offset = values instanceof GgufMetadata pairs ? pairs.offset(key) : -1;
    String origin = origins.containsKey(key) ? " (" + origins.get(key) + ")" : "";
    return new ModelFormatException(path, offset, "key '" + key + "'" + origin + ": " + detail);
  }

  /** The type and the value of a pair of a GGUF file as they lie in it. */
  byte[] encoded(String key) {
    return ((GgufMetadata) values).encoded(key);
  }

  private <T> T value(String key, Class<T> type, String expected) {
    @Nullable Object value = values.get(key);
    if (!type.isInstance(value)) {
      throw fault(
          key, "expected " + expected + ", found " + (value == null ? "nothing" : describe(value)));
    }
    return type.cast(value);
  }

  private static String describe(Object value) {
    return switch (value) {
      case long[] array -> array.length + " integers";
      case double[] array -> array.length + " numbers";
      case boolean[] array -> array.length + " booleans";
      case String[] array -> array.length + " strings";
      case String text -> GgufCursor.quote(text);
      default -> value.toString();
    };
  }
}

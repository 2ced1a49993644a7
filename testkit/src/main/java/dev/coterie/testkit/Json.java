// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A small strict JSON reader for tests. Objects become {@code Map<String, Object>} in the order of
 * the text, arrays {@code List<Object>}, integers {@link Long} ({@link Double} beyond its range),
 * other numbers {@link Double}, and null null.
 */
public final class Json {
  private static final int MAX_DEPTH = 512;

  private final String text;
  private int at;
  private int depth;

  private Json(String text) {
    this.text = text;
  }

  /**
   * Reads a value.
   *
   * @param text one JSON value and nothing after it
   * @return the value
   * @throws IllegalArgumentException if the text is not JSON; says where
   */
  public static @Nullable Object parse(String text) {
    Json json = new Json(text);
    Object value = json.value();
    json.space();
    if (json.at < text.length()) {
      throw json.error("the end");
    }
    return value;
  }

  /**
   * Reads a file.
   *
   * @param file a file in UTF-8
   * @return the value
   * @throws IllegalArgumentException if the text is not JSON; says where
   * @throws UncheckedIOException if the file cannot be read
   */
  public static @Nullable Object parse(Path file) {
    try {
      return parse(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a file that holds an object.
   *
   * @param file a file in UTF-8
   * @return the object
   * @throws IllegalArgumentException if it holds something else
   */
  public static Map<String, @Nullable Object> parseObject(Path file) {
    return object(parse(file));
  }

  /**
   * Views a value as an object.
   *
   * @param value a value that {@link #parse(String)} gave
   * @return the object
   * @throws IllegalArgumentException if it is something else
   */
  @SuppressWarnings("unchecked")
  public static Map<String, @Nullable Object> object(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, @Nullable Object>) map;
    }
    throw new IllegalArgumentException("expected an object, found " + value);
  }

  /**
   * Views a value as an array.
   *
   * @param value a value that {@link #parse(String)} gave
   * @return the array
   * @throws IllegalArgumentException if it is something else
   */
  @SuppressWarnings("unchecked")
  public static List<@Nullable Object> array(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return (List<@Nullable Object>) list;
    }
    throw new IllegalArgumentException("expected an array, found " + value);
  }

  /**
   * Views a value as a number.
   *
   * @param value a value that {@link #parse(String)} gave
   * @return the number
   * @throws IllegalArgumentException if it is something else
   */
  public static double number(@Nullable Object value) {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    throw new IllegalArgumentException("expected a number, found " + value);
  }

  /**
   * Views a value as a text.
   *
   * @param value a value that {@link #parse(String)} gave
   * @return the text
   * @throws IllegalArgumentException if it is something else
   */
  public static String string(@Nullable Object value) {
    if (value instanceof String string) {
      return string;
    }
    throw new IllegalArgumentException("expected a string, found " + value);
  }

  /**
   * Copies an array of integers.
   *
   * @param value a value that {@link #parse(String)} gave
   * @return the integers
   * @throws IllegalArgumentException if it is something else
   */
  public static int[] ints(@Nullable Object value) {
    return array(value).stream().mapToInt(v -> Math.toIntExact((long) number(v))).toArray();
  }

  /**
   * Copies an array of numbers.
   *
   * @param value a value that {@link #parse(String)} gave
   * @return the numbers
   * @throws IllegalArgumentException if it is something else
   */
  public static double[] doubles(@Nullable Object value) {
    return array(value).stream().mapToDouble(Json::number).toArray();
  }

  private @Nullable Object value() {
    space();
    if (++depth > MAX_DEPTH) {
      throw new IllegalArgumentException("json at " + at + ": nested too deeply");
    }
    Object value =
        switch (peek()) {
          case '{' -> object();
          case '[' -> array();
          case '"' -> string();
          case 't' -> word("true", Boolean.TRUE);
          case 'f' -> word("false", Boolean.FALSE);
          case 'n' -> word("null", null);
          default -> number();
        };
    depth--;
    return value;
  }

  private Map<String, @Nullable Object> object() {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    at++;
    space();
    if (take('}')) {
      return map;
    }
    do {
      space();
      int start = at;
      String key = string();
      space();
      expect(':');
      Object value = value();
      if (map.containsKey(key)) {
        throw new IllegalArgumentException("json at " + start + ": duplicate key '" + key + "'");
      }
      map.put(key, value);
      space();
    } while (take(','));
    expect('}');
    return map;
  }

  private List<@Nullable Object> array() {
    List<@Nullable Object> list = new ArrayList<>();
    at++;
    space();
    if (take(']')) {
      return list;
    }
    do {
      list.add(value());
      space();
    } while (take(','));
    expect(']');
    return list;
  }

  private String string() {
    expect('"');
    StringBuilder out = new StringBuilder();
    while (true) {
      char c = peek();
      if (c < ' ') {
        throw error("a string's next character");
      }
      at++;
      if (c == '"') {
        return out.toString();
      }
      out.append(c == '\\' ? escape() : c);
    }
  }

  private char escape() {
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int code = 0;
        for (int i = 0; i < 4; i++) {
          int digit = Character.digit(peek(), 16);
          if (digit < 0) {
            throw error("a hexadecimal digit");
          }
          code = code << 4 | digit;
          at++;
        }
        yield (char) code;
      }
      default -> {
        at--;
        throw error("an escape");
      }
    };
  }

  private Number number() {
    int start = at;
    boolean integer = true;
    take('-');
    if (!take('0')) {
      digits();
    }
    if (take('.')) {
      integer = false;
      digits();
    }
    if (take('e') || take('E')) {
      integer = false;
      if (!take('+')) {
        take('-');
      }
      digits();
    }
    String number = text.substring(start, at);
    if (integer && new BigInteger(number).bitLength() < Long.SIZE) {
      return Long.valueOf(number);
    }
    return Double.valueOf(number);
  }

  private void digits() {
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    if (at == start) {
      throw error("a value");
    }
  }

  private @Nullable Object word(String word, @Nullable Object value) {
    if (!text.startsWith(word, at)) {
      throw error("a value");
    }
    at += word.length();
    return value;
  }

  private void space() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  /** The next character; NUL, which stands nowhere in JSON, at the end. */
  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private boolean take(char c) {
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  private void expect(char c) {
    if (!take(c)) {
      throw error("'" + c + "'");
    }
  }

  private IllegalArgumentException error(String expected) {
    String found = at < text.length() ? "'" + text.charAt(at) + "'" : "the end";
    return new IllegalArgumentException(
        "json at " + at + ": expected " + expected + ", found " + found);
  }
}

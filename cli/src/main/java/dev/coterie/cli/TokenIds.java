// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reads token ids from JSON. */
final class TokenIds {
  private TokenIds() {}

  /**
   * Reads a file that holds an array of ids, or an object whose {@code tokens} is one.
   *
   * @throws CommandException if it holds anything else
   */
  static int[] read(Path path) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path));
        JsonParser parser = Json.FACTORY.createParser(in)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return read(parser);
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean tokens = "tokens".equals(parser.currentName());
        parser.nextToken();
        if (tokens) {
          return read(parser);
        }
        parser.skipChildren();
      }
      throw CommandException.failure("expected an array of ids or a field 'tokens', found neither");
    } catch (com.fasterxml.jackson.core.JsonProcessingException | CommandException e) {
      throw CommandException.failure(path + ": " + Failures.message(e));
    }
  }

  /** Reads the array that the parser stands at. */
  static int[] read(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw CommandException.failure(
          "expected an array of token ids, found " + name(parser.currentToken()));
    }
    IntStream.Builder ids = IntStream.builder();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      if (token != JsonToken.VALUE_NUMBER_INT) {
        throw CommandException.failure("expected a token id, found " + name(token));
      }
      ids.add(parser.getIntValue());
    }
    return ids.build().toArray();
  }

  /** A JSON token's name for a message. */
  static String name(@Nullable JsonToken token) {
    return switch (token) {
      case null -> "the end of the input";
      case START_ARRAY -> "an array";
      case START_OBJECT -> "an object";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT -> "a whole number";
      case VALUE_NUMBER_FLOAT -> "a fraction";
      default -> token.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    };
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import com.fasterxml.jackson.core.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** JSON values by line in, JSON values by line out. */
final class JsonLines {
  private JsonLines() {}

  /** Turns one value into another. */
  @FunctionalInterface
  interface Conversion {
    /**
     * Converts a value.
     *
     * @param parser before its first token
     * @return a line of JSON
     * @throws IOException if the line is malformed
     */
    String convert(JsonParser parser) throws IOException;
  }

  /**
   * Converts line by line. Blank lines are passed over.
   *
   * @throws CommandException that names the line, if one is malformed
   */
  static void convert(InputStream in, PrintStream out, Conversion conversion) throws IOException {
    BufferedReader lines = open(in);
    for (int number = 1; ; number++) {
      @Nullable String line = read(lines, number);
      if (line == null) {
        return;
      }
      if (!line.isBlank()) {
        out.println(convert(line, number, conversion));
      }
      if (!lines.ready()) {
        out.flush();
      }
    }
  }

  /** Lines in UTF-8. */
  static BufferedReader open(InputStream in) {
    // A new decoder reports malformed bytes, where the charset's own reader would replace them.
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
  }

  /** The next line, or null at the end. */
  static @Nullable String read(BufferedReader lines, int number) throws IOException {
    try {
      return lines.readLine();
    } catch (CharacterCodingException e) {
      throw CommandException.failure("line " + number + " or near: the bytes are not UTF-8");
    }
  }

  /** Converts a line. */
  static String convert(String line, int number, Conversion conversion) throws IOException {
    try (JsonParser parser = Json.FACTORY.createParser(line)) {
      String converted = conversion.convert(parser);
      if (parser.nextToken() != null) {
        throw CommandException.failure("expected one value, found more");
      }
      return converted;
    } catch (IOException | IllegalArgumentException | CommandException e) {
      throw CommandException.failure("line " + number + ": " + Failures.message(e));
    }
  }
}

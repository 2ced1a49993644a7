// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Runs commands in this process, with streams that the test holds. */
final class Cli {
  final Map<String, String> environment = new HashMap<>();
  final Interrupts interrupts = new Interrupts();
  String terminals = "";
  private InputStream in = InputStream.nullInputStream();

  /** What a command left. */
  record Outcome(int code, String out, String err) {}

  static Outcome run(String... args) {
    return new Cli().with(args);
  }

  Cli input(String text) {
    in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  Cli input(byte[] bytes) {
    in = new ByteArrayInputStream(bytes);
    return this;
  }

  Cli terminals(String digits) {
    terminals = digits;
    return this;
  }

  Outcome with(String... args) {
    return with(new ByteArrayOutputStream(), args);
  }

  Outcome with(OutputStream out, String... args) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Commands.run(
            new Console(
                in,
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                terminals,
                environment,
                interrupts),
            args);
    String text =
        out instanceof ByteArrayOutputStream bytes ? bytes.toString(StandardCharsets.UTF_8) : "";
    return new Outcome(code, text, err.toString(StandardCharsets.UTF_8));
  }

  /** Writes a model: lines of a property file. */
  static String model(Path folder, String... lines) throws IOException {
    Path file = folder.resolve("model.fake");
    Files.write(file, java.util.List.of(lines));
    return file.toString();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.module;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Runs programs of the JDK that runs the tests. */
final class Jvm {
  private static final Path HOME = Path.of(System.getProperty("java.home"));
  private static final int TIMEOUT_SECONDS = 120; // only so that a hang ends

  private Jvm() {}

  /** What a program wrote, and how it ended. */
  record Outcome(List<String> command, int exitCode, List<String> out, List<String> err) {
    /** The rest of the only line of output that begins with the word. */
    String line(String word) {
      List<String> found = out.stream().filter(line -> line.startsWith(word + " ")).toList();
      if (found.size() != 1) {
        throw new AssertionError("expected one line '" + word + "' in " + this);
      }
      return found.getFirst().substring(word.length() + 1);
    }
  }

  /** Runs {@code java} as a user would, with a small heap. */
  static Outcome java(List<String> options, String... arguments) {
    return java(HOME, options, arguments);
  }

  /** Runs the {@code java} of a run-time image. */
  static Outcome java(Path home, List<String> options, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m"));
    command.addAll(options);
    command.addAll(Arrays.asList(arguments));
    return run(command);
  }

  /** Runs a tool of the JDK, which must succeed. */
  static void tool(String name, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(HOME.resolve("bin").resolve(name).toString());
    command.addAll(Arrays.asList(arguments));
    Outcome outcome = run(command);
    if (outcome.exitCode() != 0) {
      throw new AssertionError(name + " failed: " + outcome);
    }
  }

  static String path(List<Path> entries) {
    return entries.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  private static Outcome run(List<String> command) {
    try {
      Path out = Files.createTempFile("coterie", ".out");
      Path err = Files.createTempFile("coterie", ".err");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.endsWith("JAVA_OPTIONS"));
        Process process = builder.start();
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
          throw new AssertionError("no end after " + TIMEOUT_SECONDS + " s: " + command);
        }
        return new Outcome(
            command,
            process.exitValue(),
            Files.readAllLines(out, StandardCharsets.UTF_8),
            Files.readAllLines(err, StandardCharsets.UTF_8));
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Compares {@code docs/properties.md} with the sources. */
class PropertiesDocTest {
  private static final Path HOME = Path.of("..");
  private static final List<String> MODULES =
      List.of(
          "api",
          "engine",
          "foreign",
          "runtime-cpu",
          "cli",
          "testkit",
          "module-tests",
          "benchmarks");

  /** In sources a whole string; the documentation has it as the first cell of a row. */
  private static final Pattern PROPERTY = Pattern.compile("\"(coterie\\.[a-z]+\\.?[A-Za-z]+)\"");

  private static final Pattern VARIABLE = Pattern.compile("\"?\\b((?:COTERIE|HF)_[A-Z_]+)\\b");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([^`]+)` \\|");

  @Test
  void everyPropertyHasARowAndEveryRowAProperty() throws IOException {
    Set<String> found = new TreeSet<>();
    for (Path file : sources()) {
      collect(PROPERTY, Files.readString(file), found);
    }
    assertThat(rows("coterie"))
        .as("rows of docs/properties.md")
        .containsExactlyInAnyOrderElementsOf(found);
  }

  @Test
  void everyVariableHasARowAndEveryRowAVariable() throws IOException {
    Set<String> found = new TreeSet<>();
    for (Path file : sources()) {
      if (!file.endsWith("PropertiesDocTest.java")) {
        collect(VARIABLE, Files.readString(file), found);
      }
    }
    collect(VARIABLE, Files.readString(HOME.resolve("coterie")), found);
    Set<String> rows = rows("COTERIE_");
    rows.addAll(rows("HF_"));
    assertThat(rows).as("rows of docs/properties.md").containsExactlyInAnyOrderElementsOf(found);
  }

  private static Set<String> rows(String prefix) throws IOException {
    Set<String> rows = new TreeSet<>();
    collect(ROW, Files.readString(HOME.resolve("docs/properties.md")), rows);
    rows.removeIf(row -> !row.startsWith(prefix));
    return rows;
  }

  private static void collect(Pattern pattern, String text, Set<String> into) {
    pattern.matcher(text).results().map((MatchResult match) -> match.group(1)).forEach(into::add);
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files =
        MODULES.stream()
            .map(module -> HOME.resolve(module).resolve("src"))
            .filter(Files::isDirectory)
            .flatMap(PropertiesDocTest::walk)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    }
  }

  private static Stream<Path> walk(Path folder) {
    try {
      return Files.walk(folder);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbedCommandTest {
  @TempDir Path folder;

  @Test
  void embedsLineByLine() throws IOException {
    String model = Cli.model(folder);

    assertThat(new Cli().input("\"Hi\"\n\n\"\"\n").with("embed", model))
        .isEqualTo(new Cli.Outcome(0, "[2.0,0.0,1.0,2.0]\n[0.0,0.0,1.0,2.0]\n", ""));
    assertThat(FakeModelProvider.lastOptions.embeddings()).isTrue();
    assertThat(
            new Cli()
                .input("\"abc\"")
                .with("embed", model, "--pooling", "LAST", "--no-normalize", "-c", "77"))
        .isEqualTo(new Cli.Outcome(0, "[3.0,1.0,0.5,1.0]\n", ""));
    assertThat(FakeModelProvider.lastOptions.contextLength()).isEqualTo(77);
    assertThat(new Cli().input("").with("embed", model)).isEqualTo(new Cli.Outcome(0, "", ""));
  }

  @Test
  void manyLinesAreEmbeddedInGroups() throws IOException {
    String lines = IntStream.range(0, 70).mapToObj(i -> "\"a\"").collect(Collectors.joining("\n"));

    Cli.Outcome outcome = new Cli().input(lines).with("embed", Cli.model(folder));

    assertThat(outcome.out().lines()).hasSize(70);
    assertThat(outcome.out()).contains("[1.0,0.0,1.0,64.0]").contains("[1.0,0.0,1.0,6.0]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[1]         | line 2: expected a JSON string, found an array",
        "\"a\" \"b\" | line 2: expected one value, found more",
        "\"open      | line 2: Unexpected end-of-input"
      })
  void aBadLineEndsItByNumber(String line, String message) throws IOException {
    Cli.Outcome outcome = new Cli().input("\"a\"\n" + line).with("embed", Cli.model(folder));

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).startsWith("coterie: " + message);
  }
}

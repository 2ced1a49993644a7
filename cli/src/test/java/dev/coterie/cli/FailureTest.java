// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.spi.DataType;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailureTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "refuse=format       | FILE at byte 24: expected 3 tensors, found \\u001b[31m2^60",
        "refuse=architecture | architecture 'gemma3': is not supported",
        "refuse=memory | not enough memory (Java heap space); give Java more with"
            + " COTERIE_JAVA_OPTS=-Xmx…",
        "refuse=bug          | java.lang.NullPointerException: of the engine",
        "generation=fail     | the device is gone",
      })
  void aRefusalIsOneLineAndExitCode1(String script, String message) throws IOException {
    String model = Cli.model(folder, script);

    Cli.Outcome outcome = Cli.run("run", "-m", model, "--json", "x");

    assertThat(outcome)
        .isEqualTo(new Cli.Outcome(1, "", "coterie: " + message.replace("FILE", model) + "\n"));
  }

  @Test
  void aMissingFileIsNamed() {
    String missing = folder.resolve("none.gguf").toString();

    for (String[] args :
        new String[][] {
          {"run", "-m", missing, "x"},
          {"chat", "-m", missing},
          {"inspect", missing},
          {"bench", missing},
          {"tokenize", missing},
        }) {
      assertThat(Cli.run(args))
          .isEqualTo(new Cli.Outcome(1, "", "coterie: " + missing + ": no such file\n"));
    }
  }

  @Test
  void aPromptLongerThanTheContextIsRefused() throws IOException {
    Cli.Outcome outcome = Cli.run("run", "-m", Cli.model(folder, "context=4"), "Hello");

    assertThat(outcome)
        .isEqualTo(
            new Cli.Outcome(
                1,
                "",
                "coterie: prompt: expected at most 4 tokens, found 5; shorten it or load the model"
                    + " with a larger contextLength\n"));
  }

  /** By the engine itself. */
  @Test
  void aModelThatDoesNotFitIsRefusedInALine() {
    Path file = RandomModels.write(folder.resolve("m.gguf"), ModelShape.qwen3moe(DataType.Q8_0), 1);

    Cli.Outcome outcome = Cli.run("run", "-m", file.toString(), "--memory", "100K", "x");

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .startsWith(
            "coterie: model 'random qwen3moe Q8_0': expected to need at most 100.00 KiB"
                + " (memoryBudget), found ")
        .endsWith("; take a smaller quantization of the model\n")
        .hasLineCount(1);
    assertThat(Cli.run("inspect", "--memory", "100K", file.toString()).out())
        .contains("\nfits          no: model 'random qwen3moe Q8_0': expected to need");
  }

  @Test
  void anUnknownTierIsAnErrorOfUse() throws IOException {
    Cli.Outcome outcome = Cli.run("run", "-m", Cli.model(folder), "--tier", "gpu", "x");

    assertThat(outcome)
        .isEqualTo(new Cli.Outcome(2, "", "coterie: tier: expected scalar or vector, found gpu\n"));
  }

  @Test
  void debugShowsTheStackTrace() throws IOException {
    Cli cli = new Cli();
    cli.environment.put("COTERIE_DEBUG", "1");

    Cli.Outcome outcome = cli.with("inspect", Cli.model(folder, "refuse=bug"));

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).contains("\tat dev.coterie.cli.FakeModelProvider");
  }

  @Test
  void aFileThatIsNoModelIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("note.txt"), "hello");

    Cli.Outcome outcome = Cli.run("inspect", file.toString());

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).startsWith("coterie: " + file).hasLineCount(1);
  }
}

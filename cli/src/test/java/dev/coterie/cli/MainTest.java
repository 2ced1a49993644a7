// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command in a process of its own. */
@Timeout(60)
class MainTest {
  @TempDir Path folder;

  @Test
  void theExitCodeIsTheCommands() throws Exception {
    Process process = start("run", "hello");

    assertThat(process.waitFor()).isEqualTo(2);
    assertThat(new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("coterie: a model path is needed");
  }

  @Test
  void aSignalCancelsTheGenerationAndPrintsWhatThereIs() throws Exception {
    String model = Cli.model(folder, "chunkMillis=50", "answer=" + "x".repeat(5_000));
    Process process = start("run", "-m", model, "hello");
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(out.read()).isEqualTo('x');
      process.toHandle().destroy();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(out.readLine()).matches("x*");
    }
    // 128 + SIGTERM; Ctrl-C goes the same way and gives 130.
    assertThat(process.exitValue()).isEqualTo(143);
  }

  private static Process start(String... args) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.coterie.cli.Main"));
    command.addAll(List.of(args));
    return new ProcessBuilder(command).start();
  }
}

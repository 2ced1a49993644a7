// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {
  @TempDir Path folder;

  @Test
  void aDryRunTellsAndWritesNothing() throws IOException {
    Path target = folder.resolve("out.gguf");
    Cli.Outcome outcome =
        Cli.run(
            "convert",
            Cli.model(folder),
            target.toString(),
            "--type",
            "q4_k",
            "--dry-run",
            "--tensors");
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).contains("Q4_K_M", target + " 3.00 MiB");
    assertThat(outcome.err())
        .isEqualTo("coterie: 3.00 MiB from 6.00 MiB, 24.00 bits a weight, tensors {Q4_K_M=1}\n");
    assertThat(target).doesNotExist();
  }

  @Test
  void optionsReachTheLibrary() throws IOException {
    Path target = folder.resolve("out.gguf");
    Cli.Outcome outcome =
        Cli.run(
            "convert", Cli.model(folder), target.toString(), "--split-max-size", "2G", "--force");
    assertThat(outcome.code()).isZero();
    assertThat(target).hasContent("2147483648 true");
  }
}

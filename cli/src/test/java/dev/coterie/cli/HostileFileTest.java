// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.spi.DataType;
import dev.coterie.testkit.GgufWriter.ValueType;
import dev.coterie.testkit.MaliciousFiles;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModel;
import dev.coterie.testkit.RandomModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that the engine refuses, through the command: exit code 1 and one line. */
class HostileFileTest {
  /** Its weights are no numbers: it loads, and what they lead to is told. */
  private static final String NAN = "d-nan-weights";

  @TempDir Path folder;

  private static Cli.Outcome run(Path file) {
    return Cli.run("run", "--model", file.toString(), "--max-tokens", "2", "a");
  }

  private static void assertRefused(String what, Cli.Outcome outcome) {
    assertThat(outcome.code()).as(what + ": " + outcome.err()).isEqualTo(1);
    assertThat(outcome.out()).as(what).isEmpty();
    assertThat(outcome.err())
        .as(what)
        .startsWith("coterie: ")
        .endsWith("\n")
        .hasLineCount(1)
        .doesNotContain("Exception");
  }

  @Test
  void everyHostileFileToBeRefusedIs() throws IOException {
    int refused = 0;
    for (MaliciousFiles.Case hostile : MaliciousFiles.unpack("gguf", folder)) {
      Cli.Outcome outcome = run(hostile.path());
      if (hostile.expect().equals("reject")) {
        assertRefused(hostile.name(), outcome);
        refused++;
      } else if (hostile.name().equals(NAN)) {
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err())
            .endsWith(
                "coterie: the computation failed: logits: expected finite numbers, found NaN for"
                    + " token 0\n");
      } else if (hostile.expect().equals("accept")) {
        assertThat(outcome.code()).as(hostile.name() + ": " + outcome.err()).isZero();
      } else if (outcome.code() != 0) {
        assertRefused(hostile.name(), outcome);
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void everyHostileSafetensorsFileIsRefusedByName() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "llama", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1,
         "intermediate_size": 8, "rms_norm_eps": 1e-5, "vocab_size": 8, "max_position_embeddings": 8}
        """);
    for (MaliciousFiles.Case hostile : MaliciousFiles.unpack("safetensors", folder)) {
      Cli.Outcome outcome = run(hostile.path());
      assertRefused(hostile.name(), outcome);
      if (hostile.expect().equals("reject")) {
        assertThat(outcome.err()).startsWith("coterie: " + hostile.path() + " at byte ");
      }
    }
  }

  @Test
  void aCutFileNamesThePlaceOfTheFault() throws IOException {
    Path file = folder.resolve("model.gguf");
    RandomModels.write(file, ModelShape.llama(DataType.Q4_0), 1);
    assertThat(run(file).code()).isZero();
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {0, 10, 500, whole.length / 2}) {
      Files.write(file, Arrays.copyOf(whole, length));
      Cli.Outcome outcome = run(file);
      assertRefused("cut to " + length, outcome);
      assertThat(outcome.err()).startsWith("coterie: " + file);
    }
  }

  @Test
  void anUnknownArchitectureIsNamed() {
    Path file = folder.resolve("gemma.gguf");
    RandomModels.writer(new RandomModel(ModelShape.llama(DataType.F32), 1))
        .put("general.architecture", ValueType.STRING, "gemma3")
        .write(file);
    Cli.Outcome outcome = run(file);
    assertRefused("gemma3", outcome);
    assertThat(outcome.err()).startsWith("coterie: architecture 'gemma3': is not supported");
  }
}

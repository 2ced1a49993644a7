// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RenderCommandTest {
  @TempDir Path folder;

  @Test
  void rendersLineByLine() {
    Cli.Outcome outcome =
        new Cli()
            .input(
                "{\"messages\": [{\"role\": \"user\", \"content\": \"é\"}], \"kwargs\": {\"n\": 1.5},"
                    + " \"other\": 1, \"tools\": [], \"bos_token\": \"<s>\"}\n\n{\"messages\": []}\n")
            .with("render", "--encoder", "fake");

    assertThat(outcome)
        .isEqualTo(
            new Cli.Outcome(
                0,
                "{\"text\":\"encoded {tools=[], documents=null, add_generation_prompt=true,"
                    + " messages=[{role=user, content=é}], bos_token=<s>, n=1.5}\"}\n"
                    + "{\"error\":\"no messages\",\"line\":3,\"column\":7}\n",
                ""));
  }

  @Test
  void conversationsComeFromAFileAndTheTimeFromAnOption() throws IOException {
    Path cases = folder.resolve("cases.jsonl");
    Files.writeString(cases, "{\"add_generation_prompt\": false}\n");

    Cli.Outcome outcome =
        Cli.run("render", Cli.model(folder), cases.toString(), "--now", "2026-01-15T09:30:00");

    assertThat(outcome.code()).isZero();
    assertThat(outcome.out())
        .startsWith("{\"text\":\"2026-01-1")
        .contains("add_generation_prompt=false");
  }

  @Test
  void aWrongLineIsNamed() {
    Cli.Outcome outcome =
        new Cli().input("{\"messages\": []}\n[1]\n").with("render", "--encoder", "fake");

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.out()).hasLineCount(1);
    assertThat(outcome.err())
        .isEqualTo("coterie: line 2: expected a JSON object, found an array\n");
  }

  @Test
  void moreFilesThanOneAreRefused() {
    assertThat(Cli.run("render", "--encoder", "fake", "a", "b").err())
        .isEqualTo("coterie: expected one file of conversations, found more\n");
  }
}

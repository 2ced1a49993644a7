// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatCommandTest {
  @TempDir Path folder;

  @Test
  void keepsTheConversation() throws IOException {
    Cli.Outcome outcome =
        new Cli().input("one\n\n two \n").with("chat", "-m", Cli.model(folder), "--system", "S");

    assertThat(outcome)
        .isEqualTo(new Cli.Outcome(0, "S:S | U:one\nS:S | U:one | A:S:S | U:one | U:two\n", ""));
  }

  @Test
  void resetForgetsAndExitEnds() throws IOException {
    Cli.Outcome outcome =
        new Cli()
            .input("one\n/reset\ntwo\n/exit\nthree\n")
            .with("chat", "-m", Cli.model(folder), "--system", "S");

    assertThat(outcome).isEqualTo(new Cli.Outcome(0, "S:S | U:one\nS:S | U:two\n", ""));
  }

  @Test
  void tellsUnknownCommands() throws IOException {
    Cli.Outcome outcome = new Cli().input("/help\n").with("chat", "-m", Cli.model(folder));

    assertThat(outcome)
        .isEqualTo(
            new Cli.Outcome(0, "", "coterie: unknown command /help; expected /reset or /exit\n"));
  }

  @Test
  void asksOnATerminal() throws IOException {
    Cli.Outcome outcome =
        new Cli().terminals("012").input("one\n").with("chat", "-m", Cli.model(folder));

    assertThat(outcome.out()).isEqualTo("> U:one\n> \n");
  }

  @Test
  void aFullContextEndsAPipeButNotATerminal() throws IOException {
    String model = Cli.model(folder, "context=4");

    Cli.Outcome piped = new Cli().input("too long\nhi\n").with("chat", "-m", model);
    Cli.Outcome typed =
        new Cli().terminals("012").input("too long\nhi\n").with("chat", "-m", model);

    assertThat(piped.code()).isEqualTo(1);
    assertThat(piped.err()).startsWith("coterie: prompt: expected at most 4 tokens, found 8");
    assertThat(typed.code()).isZero();
    assertThat(typed.out()).isEqualTo("> > U:hi\n> \n");
    assertThat(typed.err())
        .isEqualTo(
            "coterie: the conversation fills the context of 4 tokens; /reset begins a new one,"
                + " --context sets another size\n");
  }

  @Test
  void aModelWithoutChatFormatIsRefused() throws IOException {
    Cli.Outcome outcome =
        new Cli().input("one\n").with("chat", "-m", Cli.model(folder, "chat=unknown"));

    assertThat(outcome)
        .isEqualTo(
            new Cli.Outcome(
                1, "", "coterie: architecture 'llama': its chat format is not known\n"));
  }
}

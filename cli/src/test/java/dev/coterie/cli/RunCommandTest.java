// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.coterie.LoraAdapter;
import dev.coterie.Thinking;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {
  @TempDir Path folder;

  @Test
  void answersThePromptAsAUsersMessage() throws IOException {
    Cli.Outcome outcome = Cli.run("run", "--model", Cli.model(folder), "Hello, Wörld");

    assertThat(outcome).isEqualTo(new Cli.Outcome(0, "U:Hello, Wörld\n", ""));
  }

  @Test
  void continuesARawPrompt() throws IOException {
    Cli.Outcome outcome = Cli.run("run", "-m", Cli.model(folder), "--raw", "Once");

    assertThat(outcome).isEqualTo(new Cli.Outcome(0, "raw:Once\n", ""));
  }

  @Test
  void continuesAsTextWhereTheChatFormatIsUnknown() throws IOException {
    Cli.Outcome outcome = Cli.run("run", "-m", Cli.model(folder, "chat=unknown"), "Once");

    assertThat(outcome)
        .isEqualTo(
            new Cli.Outcome(
                0,
                "raw:Once\n",
                "coterie: architecture 'llama': its chat format is not known; continuing the"
                    + " prompt as plain text\n"));
  }

  @Test
  void readsThePromptFromStandardInput() throws IOException {
    Cli.Outcome outcome =
        new Cli().input("two\nlines\n").with("run", "-m", Cli.model(folder), "--raw", "-");

    assertThat(outcome.out()).isEqualTo("raw:two\nlines\n");
  }

  @Test
  void takesAPromptThatLooksLikeAFileOfArgumentsOrAnOption() throws IOException {
    String model = Cli.model(folder);

    assertThat(Cli.run("run", "-m", model, "@all").out()).isEqualTo("U:@all\n");
    assertThat(Cli.run("run", "-m", model, "--", "--help").out()).isEqualTo("U:--help\n");
    assertThat(Cli.run("run", "-m", model, "\"quoted\"").out()).isEqualTo("U:\"quoted\"\n");
  }

  @Test
  void putsTheSystemMessageFirst() throws IOException {
    Cli.Outcome outcome = Cli.run("run", "-m", Cli.model(folder), "--system", "Be brief", "Hi");

    assertThat(outcome.out()).isEqualTo("S:Be brief | U:Hi\n");
  }

  @Test
  void stopsAfterMaxTokensAndTellsStatistics() throws IOException {
    Cli.Outcome outcome = Cli.run("run", "-m", Cli.model(folder), "-n", "3", "-v", "Hello");

    assertThat(outcome.out()).isEqualTo("U:H\n");
    assertThat(outcome.err())
        .isEqualTo(
            "coterie: prompt 5 tokens in 0.50 s (10.0 tokens/s), answer 3 tokens in 0.25 s (8.0"
                + " tokens/s), first token after 0.50 s, finish: LENGTH\n");
  }

  @Test
  void printsOneJsonObject() throws IOException {
    Cli.Outcome outcome =
        Cli.run("run", "-m", Cli.model(folder, "thinking=hm"), "--json", "-n", "3", "Hello");

    assertThat(outcome)
        .isEqualTo(
            new Cli.Outcome(
                0,
                "{\"model\":\"Fake 1\",\"device\":\"cpu: vector tier, 512 bits, 2 threads\","
                    + "\"text\":\"U:H\",\"thinking\":\"hm\",\"finish_reason\":\"length\","
                    + "\"prompt_tokens\":5,\"cached_tokens\":0,\"completion_tokens\":3,"
                    + "\"seconds\":{\"queued\":0.0,\"prefill\":0.5,\"decode\":0.25,"
                    + "\"first_token\":0.5},\"prefill_tokens_per_second\":10.0,"
                    + "\"decode_tokens_per_second\":8.0,\"tokens\":[85,58,72]}\n",
                ""));
    List<String> fields = new ArrayList<>();
    try (JsonParser json = new JsonFactory().createParser(outcome.out())) {
      while (json.nextToken() != null) {
        fields.add(json.currentName());
      }
    }
    assertThat(fields).contains("text", "tokens");
  }

  @Test
  void showsThinkingOnStandardErrorOfATerminalOnly() throws IOException {
    String model = Cli.model(folder, "thinking=hm", "answer=42");

    assertThat(Cli.run("run", "-m", model, "?")).isEqualTo(new Cli.Outcome(0, "42\n", ""));
    assertThat(new Cli().terminals("12").with("run", "-m", model, "?"))
        .isEqualTo(new Cli.Outcome(0, "42\n", "\u001b[2mhm\u001b[22m\n"));
  }

  @Test
  void passesThinkingOn() throws IOException {
    String model = Cli.model(folder);

    Cli.run("run", "-m", model, "--think", "low", "--think-budget", "7", "?");
    assertThat(FakeGeneration.lastOptions.thinking())
        .isEqualTo(Thinking.of(Thinking.Mode.LOW).withBudget(7));
    Cli.run("run", "-m", model, "?");
    assertThat(FakeGeneration.lastOptions.thinking()).isEqualTo(Thinking.DEFAULT);
    assertThat(Cli.run("run", "-m", model, "--think", "default", "?").err())
        .startsWith("coterie: --think: expected on, off, low, medium or high, found 'default'");
  }

  @Test
  void keepsEscapeSequencesFromATerminal() throws IOException {
    String model = Cli.model(folder, "answer=a\\u001b[2Jb");

    assertThat(Cli.run("run", "-m", model, "?").out()).isEqualTo("a\u001b[2Jb\n");
    assertThat(new Cli().terminals("1").with("run", "-m", model, "?").out())
        .isEqualTo("a\\u001b[2Jb\n");
  }

  @Test
  void passesTheLoadOptionsOn() throws IOException {
    Cli.run(
        "run", "-m", Cli.model(folder), "--tier", "scalar", "-t", "3", "-c", "128", "--json", "x");

    assertThat(FakeModelProvider.lastOptions.backendOptions()).containsEntry("tier", "scalar");
    assertThat(FakeModelProvider.lastOptions.threads()).isEqualTo(3);
    assertThat(FakeModelProvider.lastOptions.contextLength()).isEqualTo(128);
  }

  @Test
  void passesAdaptersOn() throws IOException {
    Cli.run("run", "-m", Cli.model(folder), "--lora", "a", "--lora", "b=c.gguf=-0.5", "x");

    assertThat(FakeModelProvider.lastOptions.adapters())
        .containsExactly(
            new LoraAdapter(Path.of("a"), 1), new LoraAdapter(Path.of("b=c.gguf"), -0.5f));
  }

  @Test
  void anInterruptPrintsWhatThereIs() throws IOException {
    Cli cli = new Cli();
    OutputStream out =
        new java.io.ByteArrayOutputStream() {
          @Override
          public synchronized void write(byte[] bytes, int offset, int length) {
            super.write(bytes, offset, length);
            if (size() == 3) {
              cli.interrupts.request();
            }
          }
        };

    Cli.Outcome outcome = cli.with(out, "run", "-m", Cli.model(folder), "Hello");

    assertThat(outcome).isEqualTo(new Cli.Outcome(130, "U:H\n", ""));
  }

  @Test
  void aClosedOutputEndsTheCommand() throws IOException {
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };

    Cli.Outcome outcome = new Cli().with(closed, "run", "-m", Cli.model(folder), "Hello");

    assertThat(outcome)
        .isEqualTo(new Cli.Outcome(1, "", "coterie: standard output: cannot be written\n"));
  }

  @Test
  void aLongLoadShowsABarOnATerminalOnly() throws IOException {
    String model = Cli.model(folder, "loadMillis=700");

    assertThat(new Cli().terminals("2").with("run", "-m", model, "x").err())
        .contains("read weights");
    assertThat(new Cli().terminals("2").with("run", "-m", model, "--json", "x").err()).isEmpty();
    assertThat(Cli.run("run", "-m", model, "x").err()).isEmpty();
  }

  @Test
  void expertsAreToldAtTheEnd() throws IOException {
    String model = Cli.model(folder, "experts=yes");

    Cli.Outcome outcome = Cli.run("run", "-m", model, "--experts", "--raw", "Hi");

    assertThat(outcome.out()).isEqualTo(Cli.run("run", "-m", model, "--raw", "Hi").out());
    assertThat(outcome.err())
        .isEqualTo(
            """
            experts: 2 of 4 for each of 6 tokens; a column is 1
            layer   1 |▅ ▂█| most: 3 with 58.3%, never: 1
            layer   2 |███████████████████████████████████████████▃| most: 0 with 0.8%, never: 0
            """);
    assertThat(Cli.run("run", "-m", model, "--experts", "--json", "--raw", "Hi").out())
        .contains(
            "\"experts\":[{\"layer\":1,\"experts_per_token\":2,\"counts\":[4,0,1,7]},{\"layer\":2,");
    assertThat(Cli.run("run", "-m", Cli.model(folder), "--experts", "--raw", "Hi").err())
        .isEqualTo("experts: the model has none\n");
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "run x                      | a model path is needed: --model FILE.gguf (or --model"
            + " hf:owner/repo after coterie pull)",
        "chat                       | a model path is needed: --model FILE.gguf (or --model"
            + " hf:owner/repo after coterie pull)",
        "run                        | missing required parameter: 'PROMPT' (see coterie run --help)",
        "run --nope x               | unknown option: '--nope' (see coterie run --help)",
        "run --max-tokens many x    | invalid value for option '--max-tokens': 'many' is not an int"
            + " (see coterie run --help)",
        "run --max-tokens -1 x      | maxTokens: expected at least 0, found -1",
        "run --top-k 5 x            | topK, topP and minP need a temperature above 0, found"
            + " temperature 0; leave them out or set a temperature",
        "run --raw --system s x     | --system needs the chat format, which --raw leaves out",
        "run --raw --think on x     | --think and --think-budget need the chat format, which --raw"
            + " leaves out",
        "run -m hf:owner x          | hub reference: expected hf:owner/repo[:quant], found hf:owner",
        "run -m m --lora a=half x   | --lora: expected PATH or PATH=SCALE with a finite number, found"
            + " 'a=half'",
        "bench f --lora =2          | --lora: expected PATH or PATH=SCALE with a finite number, found"
            + " '=2'",
        "chat -m m --lora a=NaN     | --lora: expected PATH or PATH=SCALE with a finite number, found"
            + " 'a=NaN'",
        "bench f -r 0               | --repetitions: expected at least 1, found 0",
        "bench f -p 0 -n 0          | nothing to measure: -p and -n are both 0",
        "bench f -p -1              | -p and -n: expected at least 0, found -1",
        "bench f --warm-up -1       | --warm-up: expected 0 to 3600, found -1.0",
        "score m --tokens t         | missing required option: '--logits=OUT.f32' (see coterie score"
            + " --help)",
        "score m --tokens t --logits l --chunk 0 | --chunk: expected at least 1, found 0",
        "inspect f --memory 2X      | --memory: expected a size such as 2G or 500M, found '2X'",
        "convert a                  | missing required parameter: 'OUT.gguf' (see coterie convert"
            + " --help)",
        "convert a b --split-max-size 2X | --split-max-size: expected a size such as 2G or 500M,"
            + " found '2X'",
        "convert a b --split-max-size 99999999999T | --split-max-size: '99999999999T' is too"
            + " large",
        "convert a b --split-max-size 1K | splitMaxBytes: expected 0 or at least 4096, found 1024",
        "convert a b --type Q4_X    | quantization: expected one of F32, F16, BF16, Q8_0, Q4_0, Q4_1,"
            + " Q5_0, Q5_1, Q2_K, Q3_K_S, Q3_K_M, Q3_K_L, Q4_K_S, Q4_K_M, Q5_K_S, Q5_K_M, Q6_K,"
            + " MXFP4, found 'Q4_X'",
        "pull owner/repo            | hub reference: expected hf:owner/repo[:quant], found"
            + " owner/repo",
        "render                     | a template is needed: a model, a file that ends in .jinja, or"
            + " --encoder NAME (see coterie render --help)",
        "render --encoder v5        | chat encoder: expected fake, found 'v5'",
        "render m.jinja --now noon  | --now: expected a time such as 2026-01-15T09:30:00, found 'noon'",
        "dance                      | unknown command 'dance'; expected one of run, chat, pull,"
            + " inspect, convert, cache, backends, bench, score, embed, tokenize, render (see coterie"
            + " --help)",
      })
  void aWrongCommandLineIsOneLineAndExitCode2(String line, String message) {
    assertThat(Cli.run(line.split(" ")))
        .isEqualTo(new Cli.Outcome(2, "", "coterie: " + message + "\n"));
  }

  @Test
  void noCommandIsAnErrorOfUse() {
    Cli.Outcome outcome = Cli.run();

    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).startsWith("coterie: no command; expected one of run,");
  }

  @Test
  void helpListsTheCommands() {
    Cli.Outcome outcome = Cli.run("--help");

    assertThat(outcome.code()).isZero();
    assertThat(outcome.out())
        .contains(
            "run",
            "chat",
            "pull",
            "inspect",
            "backends",
            "bench",
            "score",
            "embed",
            "tokenize",
            "render");
    assertThat(outcome.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run",
        "chat",
        "pull",
        "inspect",
        "backends",
        "bench",
        "score",
        "embed",
        "tokenize",
        "render"
      })
  void eachCommandHasHelp(String command) {
    Cli.Outcome outcome = Cli.run(command, "--help");

    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).startsWith("Usage: coterie " + command + " ");
  }

  @Test
  void versionIsALine() {
    assertThat(Cli.run("--version").out()).startsWith("coterie ").hasLineCount(1);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures prompt processing and token generation, as llama-bench defines them. */
@Command(
    name = "bench",
    description = "Measure prompt processing (pp) and token generation (tg), as llama-bench does.")
final class BenchCommand extends CoterieCommand {
  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description =
          "GGUF file, folder with safetensors files, or hf:owner/repo[:quant] of a pulled model.")
  String file = "";

  @Option(
      names = {"-p", "--n-prompt"},
      split = ",",
      paramLabel = "N",
      description = "Prompt lengths to measure; 0 leaves them out. Default: 512.")
  List<Integer> prompts = List.of(512);

  @Option(
      names = {"-n", "--n-gen"},
      split = ",",
      paramLabel = "N",
      description = "Numbers of tokens to generate; 0 leaves them out. Default: 128.")
  List<Integer> generations = List.of(128);

  @Option(
      names = {"-r", "--repetitions"},
      paramLabel = "N",
      description = "How often to measure each. Default: ${DEFAULT-VALUE}.")
  int repetitions = 5;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      description =
          "Repeat a test unmeasured for so long, at least once, until the JIT is done. Default:"
              + " ${DEFAULT-VALUE}.")
  double warmUpSeconds = 3;

  @Option(names = "--json", description = "Print a JSON array at the end.")
  boolean json;

  @Mixin ModelOptions modelOptions = new ModelOptions();

  BenchCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    if (repetitions < 1) {
      throw CommandException.usage("--repetitions: expected at least 1, found " + repetitions);
    }
    if (!(warmUpSeconds >= 0 && warmUpSeconds <= 3_600)) {
      throw CommandException.usage("--warm-up: expected 0 to 3600, found " + warmUpSeconds);
    }
    List<Benchmark.Test> tests = tests();
    int longest = tests.stream().mapToInt(Benchmark.Test::contextTokens).max().orElse(0);
    LoadOptions.Builder load = modelOptions.builder();
    if (modelOptions.context == 0) {
      load.contextLength(longest);
    }
    Path path = ModelFiles.resolve(console, file);
    try (Model model = ModelFiles.load(console, path, modelOptions, load, json)) {
      run(model, tests);
    }
    return ExitCodes.OK;
  }

  private List<Benchmark.Test> tests() {
    List<Benchmark.Test> tests = new ArrayList<>();
    prompts.forEach(tokens -> add(tests, Benchmark.Kind.PROMPT, tokens));
    generations.forEach(tokens -> add(tests, Benchmark.Kind.GENERATION, tokens));
    if (tests.isEmpty()) {
      throw CommandException.usage("nothing to measure: -p and -n are both 0");
    }
    return tests;
  }

  private static void add(List<Benchmark.Test> tests, Benchmark.Kind kind, int tokens) {
    if (tokens < 0) {
      throw CommandException.usage("-p and -n: expected at least 0, found " + tokens);
    }
    if (tokens > 0) {
      tests.add(new Benchmark.Test(kind, tokens));
    }
  }

  private void run(Model model, List<Benchmark.Test> tests) throws IOException {
    Benchmark benchmark = new Benchmark(console, model);
    Duration warmUp = Duration.ofNanos(Math.round(warmUpSeconds * 1e9));
    BenchTable table = new BenchTable(model, modelOptions.threads);
    List<Benchmark.Measurement> measured = new ArrayList<>();
    if (!json) {
      console.out().println(table.header());
      console.out().flush();
    }
    for (Benchmark.Test test : tests) {
      benchmark.warmUp(test, warmUp);
      Benchmark.Measurement measurement = benchmark.measure(test, repetitions);
      measured.add(measurement);
      if (!json) {
        console.out().println(table.row(measurement));
        console.out().flush();
      }
    }
    if (json) {
      Json.print(console.out(), generator -> write(generator, table, measured));
    }
  }

  private static void write(
      JsonGenerator json, BenchTable table, List<Benchmark.Measurement> measured)
      throws IOException {
    json.writeStartArray();
    for (Benchmark.Measurement measurement : measured) {
      json.writeStartObject();
      json.writeStringField("test", measurement.test().name());
      json.writeNumberField("tokens", measurement.test().tokens());
      json.writeNumberField("tokens_per_second", measurement.mean());
      json.writeNumberField("stddev", measurement.standardDeviation());
      json.writeFieldName("samples");
      Json.value(json, measurement.samples());
      table.write(json);
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}

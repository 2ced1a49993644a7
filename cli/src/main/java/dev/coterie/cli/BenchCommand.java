// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.ModelPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
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
      names = {"-d", "--depth"},
      split = ",",
      paramLabel = "N",
      description = "Tokens that the cache has before each test. Default: 0.")
  List<Integer> depths = List.of(0);

  @Option(
      names = "--sequences",
      split = ",",
      paramLabel = "N",
      description = "Generations that are computed together. Default: 1.")
  List<Integer> sequences = List.of(1);

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
    LoadOptions.Builder load = modelOptions.builder();
    if (modelOptions.context == 0) {
      load.contextLength(most(tests, Benchmark.Test::contextTokens));
    }
    load.cacheTokens(Math.max(modelOptions.context, most(tests, Benchmark.Test::cacheTokens)));
    load.maxSequences(
        Math.max(LoadOptions.DEFAULT.maxSequences(), most(tests, Benchmark.Test::sequences)));
    Path path = ModelFiles.resolve(console, file);
    int threads =
        modelOptions.threads > 0
            ? modelOptions.threads
            : Runtime.getRuntime().availableProcessors();
    ModelPlan plan = Model.plan(path, load.build());
    BenchWork work = new BenchWork(plan, ReadCeiling.bytesPerSecond(threads));
    try (Model model = ModelFiles.load(console, path, modelOptions, load, json)) {
      run(model, tests, new BenchTable(model, threads, work));
    }
    return ExitCodes.OK;
  }

  private static int most(List<Benchmark.Test> tests, ToIntFunction<Benchmark.Test> tokens) {
    try {
      return tests.stream().mapToInt(tokens).max().orElse(0);
    } catch (ArithmeticException e) {
      throw CommandException.usage(
          "-p, -n, --depth and --sequences: expected fewer than 2,147,483,648 tokens together");
    }
  }

  private List<Benchmark.Test> tests() {
    List<Benchmark.Test> tests = new ArrayList<>();
    for (int together : sequences) {
      if (together < 1) {
        throw CommandException.usage("--sequences: expected at least 1, found " + together);
      }
      for (int depth : depths) {
        if (depth < 0) {
          throw CommandException.usage("--depth: expected at least 0, found " + depth);
        }
        prompts.forEach(n -> add(tests, Benchmark.Kind.PROMPT, n, depth, together));
        generations.forEach(n -> add(tests, Benchmark.Kind.GENERATION, n, depth, together));
      }
    }
    if (tests.isEmpty()) {
      throw CommandException.usage("nothing to measure: -p and -n are both 0");
    }
    return tests;
  }

  private static void add(
      List<Benchmark.Test> tests, Benchmark.Kind kind, int tokens, int depth, int together) {
    if (tokens < 0) {
      throw CommandException.usage("-p and -n: expected at least 0, found " + tokens);
    }
    if (tokens > 0) {
      tests.add(new Benchmark.Test(kind, tokens, depth, together));
    }
  }

  private void run(Model model, List<Benchmark.Test> tests, BenchTable table) throws IOException {
    Benchmark benchmark = new Benchmark(console, model);
    Duration warmUp = Duration.ofNanos(Math.round(warmUpSeconds * 1e9));
    List<Benchmark.Measurement> measured = new ArrayList<>();
    print(table.header());
    for (Benchmark.Test test : tests) {
      benchmark.warmUp(test, warmUp);
      Benchmark.Measurement measurement = benchmark.measure(test, repetitions);
      measured.add(measurement);
      print(table.row(measurement));
    }
    print(table.footer());
    if (json) {
      Json.print(
          console.out(),
          generator -> {
            generator.writeStartArray();
            for (Benchmark.Measurement measurement : measured) {
              table.write(generator, measurement);
            }
            generator.writeEndArray();
          });
    }
  }

  private void print(String line) {
    if (!json) {
      console.out().println(line);
      console.out().flush();
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.Model;
import dev.coterie.Prompt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;

/**
 * The two tests of llama-bench, with its definitions: {@code pp} computes a prompt of random tokens
 * and the logits of its last one; {@code tg} computes single tokens, one after the other, from an
 * empty context on.
 */
final class Benchmark {
  private static final long SEED = 1;

  private final Console console;
  private final Model model;
  private final Random random = new Random(SEED);

  Benchmark(Console console, Model model) {
    this.console = console;
    this.model = model;
  }

  /** What is measured. */
  enum Kind {
    PROMPT("pp"),
    GENERATION("tg");

    private final String prefix;

    Kind(String prefix) {
      this.prefix = prefix;
    }
  }

  /**
   * One row of the table.
   *
   * @param kind what is measured
   * @param tokens over how many tokens
   */
  record Test(Kind kind, int tokens) {
    /** Such as {@code pp512}. */
    String name() {
      return kind.prefix + tokens;
    }

    /** How long the context gets, with the token that starts and the one that ends a generation. */
    int contextTokens() {
      return kind == Kind.PROMPT ? tokens + 1 : tokens + 2;
    }
  }

  /**
   * What came out.
   *
   * @param test what was measured
   * @param samples tokens a second, one entry a repetition
   */
  record Measurement(Test test, List<Double> samples) {
    Measurement {
      samples = List.copyOf(samples);
    }

    double mean() {
      return samples.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    }

    /** The sample standard deviation, 0 for one sample. */
    double standardDeviation() {
      if (samples.size() < 2) {
        return 0;
      }
      double mean = mean();
      double squares = samples.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
      return Math.sqrt(squares / (samples.size() - 1));
    }
  }

  /** Repeats a test for a time, at least once. */
  void warmUp(Test test, Duration time) {
    long start = System.nanoTime();
    do {
      tokensPerSecond(test);
    } while (System.nanoTime() - start < time.toNanos());
  }

  Measurement measure(Test test, int repetitions) {
    List<Double> samples = new ArrayList<>();
    for (int i = 0; i < repetitions; i++) {
      samples.add(tokensPerSecond(test));
    }
    return new Measurement(test, samples);
  }

  private double tokensPerSecond(Test test) {
    GenerationResult result =
        switch (test.kind()) {
          // One token is asked for, so that the logits of the prompt's last one are computed too.
          case PROMPT -> generate(test.tokens(), 1);
          // The first token falls out of the prompt's step; each further one is a step of its own.
          case GENERATION -> generate(1, test.tokens() + 1);
        };
    return switch (test.kind()) {
      case PROMPT ->
          Statistics.rate(
              result.promptTokens() - result.cachedTokens(), result.timings().prefill());
      case GENERATION -> Statistics.rate(result.completionTokens() - 1, result.timings().decode());
    };
  }

  /** Fresh random tokens each time, so that no cache of prefixes has them. */
  private GenerationResult generate(int promptTokens, int newTokens) {
    int[] ids = random.ints(promptTokens, 0, model.tokenizer().vocabularySize()).toArray();
    GenerationOptions options =
        GenerationOptions.builder().maxTokens(newTokens).ignoreEndOfSequence(true).build();
    GenerationResult result =
        Answer.await(console, model.generator().generate(new Prompt.Tokens(ids), options));
    if (console.interrupts().requested()) {
      throw new CancellationException();
    }
    if (result.completionTokens() != newTokens) {
      throw CommandException.failure(
          "expected "
              + newTokens
              + " tokens, found "
              + result.completionTokens()
              + " ("
              + result.finishReason()
              + ")");
    }
    return result;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.FinishReason;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.Model;
import dev.coterie.Prompt;
import dev.coterie.Timings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;

/**
 * The tests of llama-bench and llama-batched-bench, with their definitions: {@code pp} computes a
 * prompt of random tokens and the logits of its last one; {@code tg} computes single tokens, one
 * after the other. Both begin behind so many tokens as the depth says, and do it for so many
 * sequences at a time.
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
   * @param tokens over how many tokens of each sequence
   * @param depth how many tokens a sequence has before
   * @param sequences how many are computed together
   */
  record Test(Kind kind, int tokens, int depth, int sequences) {
    /** Such as {@code pp512} or {@code tg32 @ d8192 x8}. */
    String name() {
      return kind.prefix
          + tokens
          + (depth == 0 ? "" : " @ d" + depth)
          + (sequences == 1 ? "" : " x" + sequences);
    }

    /** How long a context gets. */
    int contextTokens() {
      return Math.addExact(promptTokens(), newTokens());
    }

    /** A generation begins behind one token at least. */
    private int promptTokens() {
      return kind == Kind.PROMPT ? Math.addExact(depth, tokens) : Math.max(1, depth);
    }

    /**
     * One token is asked for behind a prompt, so that the logits of its last one are computed too.
     * Of a generation the first falls out of the prompt's step; each further one is a step of its
     * own. Sequences that start early go on until the last one is done.
     */
    private int newTokens() {
      int lead = sequences == 1 ? 0 : sequences * (2 + promptTokens() / 128);
      return kind == Kind.PROMPT ? 1 : Math.addExact(tokens + 1, lead);
    }

    /** How much the cache must hold for all sequences, in whole blocks. */
    int cacheTokens() {
      return Math.multiplyExact(sequences, Math.addExact(contextTokens(), 64));
    }

    /** The past tokens of a sequence that a step of a generation sees, on average. */
    double meanContext() {
      return Math.max(1, depth) + (tokens - 1) / 2.0;
    }
  }

  /**
   * What came out.
   *
   * @param test what was measured
   * @param samples tokens a second of all sequences together, one entry a repetition
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
    Duration time =
        switch (test.kind()) {
          case PROMPT ->
              test.depth() == 0
                  ? prefill(test, test.tokens())
                  : prefill(test, test.depth() + test.tokens()).minus(prefill(test, test.depth()));
          case GENERATION -> decode(test);
        };
    if (!time.isPositive()) {
      throw CommandException.failure(
          test.name()
              + ": a prompt took no longer with "
              + test.tokens()
              + " tokens more; other programs disturb too much, or -p is too small");
    }
    return Statistics.rate(test.tokens() * test.sequences(), time);
  }

  /** From the first step to the last prompt's logits. */
  private Duration prefill(Test test, int tokens) {
    List<Long> starts = new ArrayList<>();
    List<Generation> generations = new ArrayList<>();
    for (int i = 0; i < test.sequences(); i++) {
      starts.add(System.nanoTime());
      generations.add(generate(tokens, 1));
    }
    long begin = Long.MAX_VALUE;
    long end = Long.MIN_VALUE;
    for (int i = 0; i < generations.size(); i++) {
      Timings timings = await(generations.get(i), generations, 1).timings();
      begin = Math.min(begin, starts.get(i) + timings.queued().toNanos());
      end = Math.max(end, starts.get(i) + timings.timeToFirstToken().toNanos());
    }
    return Duration.ofNanos(end - begin);
  }

  /** How long the last sequence generates, while all others do. */
  private Duration decode(Test test) {
    List<Generation> others = new ArrayList<>();
    for (int i = 1; i < test.sequences(); i++) {
      others.add(generate(test.promptTokens(), test.newTokens()));
    }
    Generation last = generate(test.promptTokens(), test.tokens() + 1);
    List<Generation> all = new ArrayList<>(others);
    all.add(last);
    Duration time = await(last, all, test.tokens() + 1).timings().decode();
    others.forEach(Generation::cancel);
    for (Generation other : others) {
      if (other.await().finishReason() != FinishReason.CANCELLED) {
        throw CommandException.failure(
            test.name() + ": a sequence ended before the last one; measure more tokens with -n");
      }
    }
    return time;
  }

  /** Begins to generate from fresh random tokens, which no cache of prefixes has. */
  private Generation generate(int promptTokens, int newTokens) {
    int[] ids = random.ints(promptTokens, 0, model.tokenizer().vocabularySize()).toArray();
    GenerationOptions options =
        GenerationOptions.builder().maxTokens(newTokens).ignoreEndOfSequence(true).build();
    return model.generator().generate(new Prompt.Tokens(ids), options);
  }

  /** Waits for a generation; an interrupt cancels all. */
  private GenerationResult await(Generation one, List<Generation> all, int expected) {
    GenerationResult result;
    try (var _ = console.interrupts().during(() -> all.forEach(Generation::cancel))) {
      result = one.await();
    }
    if (console.interrupts().requested()) {
      throw new CancellationException();
    }
    if (result.completionTokens() != expected) {
      throw CommandException.failure(
          "expected "
              + expected
              + " tokens, found "
              + result.completionTokens()
              + " ("
              + result.finishReason()
              + ")");
    }
    return result;
  }
}

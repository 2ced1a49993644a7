// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark.growth;

import dev.coterie.benchmark.Ceilings;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Operation.Scoring;
import dev.coterie.testkit.ModelShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * How the cost of a step of generation grows with the length of the context, the number of experts
 * (as many in use), the number of sequences, and the threads; random models in Q4_0, the cache in
 * F16, the fastest tier. The prediction is the time in which the machine reads the bytes of a step,
 * or multiplies its weights if that takes longer.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
 *   -cp benchmarks/target/benchmarks.jar dev.coterie.benchmark.growth.GrowthBenchmark FOLDER [THREADS]
 * </pre>
 *
 * Writes a CSV file, an SVG and a PNG for each, and prints the slopes. Takes two minutes.
 */
public final class GrowthBenchmark {
  private static final int EXPERTS_USED = 4;
  private static final int SHORTEST = 256;
  private static final int LONGEST = 8192;
  private static final int MOST_SEQUENCES = 32;
  private static final int LEAST_EXPERTS = 32;
  private static final int MOST_EXPERTS = 256;
  private static final int SHORT_CONTEXT = 64;

  private final double seconds;
  private final IntFunction<Ceilings> ceilings;
  private final int threads;

  /**
   * Makes it.
   *
   * @param seconds for each measurement, and as long before to warm up
   * @param ceilings what the machine gives, by the number of threads
   * @param threads how many compute, where they do not grow
   */
  GrowthBenchmark(double seconds, IntFunction<Ceilings> ceilings, int threads) {
    this.seconds = seconds;
    this.ceilings = ceilings;
    this.threads = threads;
  }

  /** 126 million weights, 71 MB: more than caches hold; 4 KiB of cache a token. */
  private static ModelShape dense() {
    return new ModelShape("llama", 8, 1024, 16, 2, 64, 4096, 4096, DataType.Q4_0, true);
  }

  /** A third of a megabyte an expert, in each of four layers. */
  private static ModelShape mixture(int experts) {
    ModelShape.Mixture mixture =
        new ModelShape.Mixture(
            experts, EXPERTS_USED, 384, 0, 0, Scoring.SOFTMAX, false, 1, 1, true, 1);
    return new ModelShape(
        "qwen3moe", 4, 512, 8, 2, 64, 1536, 4096, DataType.Q4_0, true, null, mixture);
  }

  /** Powers of two. */
  private static int[] doubling(int from, int to) {
    return IntStream.iterate(from, n -> n <= to, n -> 2 * n).toArray();
  }

  Growth context(int shortest, int longest) {
    List<Growth.Sample> samples = new ArrayList<>();
    try (GrowthModel model = new GrowthModel(dense(), threads, 1, longest + 1)) {
      for (int tokens : doubling(shortest, longest)) {
        model.fill(tokens);
        samples.add(sample(tokens, model, threads, 1, tokens));
      }
    }
    return new Growth(
        "growth-context", "One sequence, the context grows", "tokens of context", samples);
  }

  Growth experts(int least, int most) {
    List<Growth.Sample> samples = new ArrayList<>();
    for (int experts : doubling(least, most)) {
      try (GrowthModel model = new GrowthModel(mixture(experts), threads, 1, SHORT_CONTEXT + 1)) {
        model.fill(SHORT_CONTEXT);
        samples.add(sample(experts, model, threads, 1, SHORT_CONTEXT));
      }
    }
    return new Growth(
        "growth-experts",
        "One sequence, " + EXPERTS_USED + " experts in use, their number grows",
        "experts",
        samples);
  }

  Growth sequences(int most) {
    List<Growth.Sample> samples = new ArrayList<>();
    for (int sequences : doubling(1, most)) {
      try (GrowthModel model = new GrowthModel(dense(), threads, sequences, SHORT_CONTEXT + 1)) {
        model.fill(SHORT_CONTEXT);
        samples.add(sample(sequences, model, threads, sequences, SHORT_CONTEXT));
      }
    }
    return new Growth("growth-sequences", "Sequences computed together", "sequences", samples);
  }

  Growth threads(int most) {
    List<Growth.Sample> samples = new ArrayList<>();
    for (int team = 1; team <= most; team++) {
      try (GrowthModel model = new GrowthModel(dense(), team, 1, SHORT_CONTEXT + 1)) {
        model.fill(SHORT_CONTEXT);
        samples.add(sample(team, model, team, 1, SHORT_CONTEXT));
      }
    }
    return new Growth("growth-threads", "One sequence, threads", "threads", samples);
  }

  private Growth.Sample sample(
      int size, GrowthModel model, int team, int sequences, int contextTokens) {
    model.stepSeconds(seconds);
    double micros = 1e6 * model.stepSeconds(seconds);
    Ceilings ceiling = ceilings.apply(team);
    double bytes =
        model.weightBytes() + (double) sequences * contextTokens * model.cacheBytesPerToken();
    double read = bytes / ceiling.readGigabytes() / 1e3;
    double multiply =
        ceiling.productGigamacs() > 0
            ? sequences * model.macs() / ceiling.productGigamacs() / 1e3
            : 0;
    return new Growth.Sample(size, micros, Math.max(read, multiply));
  }

  /**
   * Measures, writes and prints.
   *
   * @param args the folder for the files, and how many threads compute where they do not grow
   *     (default: one a processor)
   * @throws IOException if a file cannot be written
   */
  public static void main(String[] args) throws IOException {
    if (args.length < 1 || args.length > 2) {
      throw new IllegalArgumentException("expected a folder, and perhaps a number of threads");
    }
    Path folder = Files.createDirectories(Path.of(args[0]));
    int processors = Runtime.getRuntime().availableProcessors();
    int threads = args.length > 1 ? Integer.parseInt(args[1]) : processors;
    List<Ceilings> ceilings =
        IntStream.rangeClosed(1, Math.max(threads, processors))
            .mapToObj(Ceilings::measure)
            .toList();
    ceilings.forEach(System.out::println);
    GrowthBenchmark benchmark = new GrowthBenchmark(1, team -> ceilings.get(team - 1), threads);
    for (Growth growth :
        List.of(
            benchmark.context(SHORTEST, LONGEST),
            benchmark.experts(LEAST_EXPERTS, MOST_EXPERTS),
            benchmark.sequences(MOST_SEQUENCES),
            benchmark.threads(processors))) {
      growth.write(folder);
      System.out.println(growth);
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.machinecode.InstructionSet;
import dev.coterie.runtime.cpu.machinecode.Processor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToDoubleFunction;

/**
 * What this machine gives at most: memory read, by {@link MemoryBandwidth} and by the machine code
 * that only reads, and multiply-adds of 8-bit activations with 4-bit weights that lie in a cache.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
 *   -cp benchmarks/target/benchmarks.jar dev.coterie.benchmark.Ceilings [THREADS]
 * </pre>
 *
 * Prints a JSON object; what needs machine code is left out where there is none.
 *
 * @param readGigabytes the faster of both ways to read, in 10⁹ bytes a second; 0 if this JVM has
 *     neither
 * @param productGigamacs multiply-adds, in 10⁹ a second; 0 without machine code
 * @param threads how many threads did it together
 */
public record Ceilings(double readGigabytes, double productGigamacs, int threads) {
  private static final int MEBIBYTES = 256;
  private static final int MEMORY_OUTPUTS = 131_072; // 142 MiB as Q4_0
  private static final int CACHE_OUTPUTS = 512;
  private static final int PREFILL_ROWS = 192;
  private static final long NANOS = 300_000_000;
  private static final int PASSES = 3;

  /** Measures, for about two seconds. */
  public static Ceilings measure(int threads) {
    double read = vectorRead(threads);
    if (Processor.here().best() == InstructionSet.NONE) {
      return new Ceilings(read, 0, threads);
    }
    double probe =
        together(threads, 1, MEMORY_OUTPUTS, MachineCodeBenchmark::read, c -> c.gigabytes);
    double product =
        together(
            threads,
            PREFILL_ROWS,
            CACHE_OUTPUTS,
            MachineCodeBenchmark::product,
            c -> c.gigaWeights);
    return new Ceilings(Math.max(read, probe), product, threads);
  }

  /** What a loop of the Vector API reads; 0 where this JVM was started without it. */
  private static double vectorRead(int threads) {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      return 0;
    }
    try {
      return MemoryBandwidth.measure(threads, MEBIBYTES) / 1e9;
    } catch (Exception e) {
      throw new IllegalStateException("memory cannot be measured", e);
    }
  }

  /** What a thread does again and again. */
  private interface Work {
    Object run(MachineCodeBenchmark benchmark, MachineCodeBenchmark.Counters counters);
  }

  /** The best of some passes, each thread with a matrix of its own. */
  private static double together(
      int threads,
      int rows,
      int outputs,
      Work work,
      ToDoubleFunction<MachineCodeBenchmark.Counters> amount) {
    List<MachineCodeBenchmark> benchmarks = new ArrayList<>();
    try (ExecutorService team = Executors.newFixedThreadPool(threads)) {
      List<Callable<Double>> tasks = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        MachineCodeBenchmark benchmark = new MachineCodeBenchmark();
        benchmark.layout = Layout.NIBBLE;
        benchmark.rows = rows;
        benchmark.outputs = outputs;
        benchmark.instructions = Processor.here().best();
        benchmark.load();
        benchmarks.add(benchmark);
        tasks.add(() -> perSecond(benchmark, work, amount));
      }
      double best = 0;
      for (int pass = 0; pass < PASSES; pass++) {
        double sum = 0;
        for (Future<Double> speed : team.invokeAll(tasks)) {
          sum += speed.get();
        }
        best = Math.max(best, sum);
      }
      return best;
    } catch (Exception e) {
      throw new IllegalStateException("the processor cannot be measured", e);
    } finally {
      benchmarks.forEach(MachineCodeBenchmark::close);
    }
  }

  private static double perSecond(
      MachineCodeBenchmark benchmark,
      Work work,
      ToDoubleFunction<MachineCodeBenchmark.Counters> amount) {
    MachineCodeBenchmark.Counters counters = new MachineCodeBenchmark.Counters();
    long start = System.nanoTime();
    long elapsed;
    do {
      work.run(benchmark, counters);
      elapsed = System.nanoTime() - start;
    } while (elapsed < NANOS);
    return amount.applyAsDouble(counters) / (elapsed / 1e9);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "ceilings, %d threads: %s, %s",
        threads,
        readGigabytes > 0
            ? String.format(Locale.ROOT, "%.1f GB/s read", readGigabytes)
            : "no Vector API and no machine code here to read with",
        productGigamacs > 0
            ? String.format(Locale.ROOT, "%.0f GMAC/s of 8-bit products", productGigamacs)
            : "no machine code here to measure products with");
  }

  /**
   * Measures and prints.
   *
   * @param args the number of threads (default: one a processor)
   */
  public static void main(String[] args) {
    Ceilings found =
        measure(
            args.length > 0
                ? Integer.parseInt(args[0])
                : Runtime.getRuntime().availableProcessors());
    String product =
        found.productGigamacs > 0
            ? String.format(Locale.ROOT, ", \"product\": %.1f", found.productGigamacs)
            : "";
    System.out.printf(Locale.ROOT, "{\"read\": %.2f%s}%n", found.readGigabytes, product);
  }
}

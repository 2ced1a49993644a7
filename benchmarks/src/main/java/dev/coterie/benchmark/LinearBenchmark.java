// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

import dev.coterie.CacheType;
import dev.coterie.LoadOptions;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Backends;
import dev.coterie.spi.Batch;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.Tensor;
import dev.coterie.testkit.GraphBuilder;
import dev.coterie.testkit.RandomTensors;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One large matrix of each data type, times 1 row (decode) or 64 rows (prefill), on all threads of
 * the backend. With 64 million weights it lies in memory, not in a cache. Beside the products a
 * second stand {@code gigaWeights} (multiply-adds, in 10⁹ a second) and {@code gigabytes} (of
 * weights as they lie in the file, in 10⁹ a second), which for 1 row compares with the bytes, and
 * for 64 rows with the products, that {@link Ceilings} prints before.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar LinearBenchmark.vector
 * java -jar benchmarks/target/benchmarks.jar LinearBenchmark -p type=Q4_0,Q8_0 -p rows=1 -p threads=1
 * </pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LinearBenchmark {
  private static final int INPUTS = 2048;

  /** The data type of the matrix. */
  @Param({
    "F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K",
    "Q6_K", "IQ4_NL", "IQ4_XS", "MXFP4", "NVFP4"
  })
  public DataType type;

  /** The rows of activations. */
  @Param({"1", "64"})
  public int rows;

  /** The threads; 0 is one a processor. */
  @Param("0")
  public int threads;

  /** The outputs of the matrix. */
  @Param("32768")
  public int outputs;

  private Graph graph;
  private Backend backend;
  private Executable executable;
  private Batch batch;
  private double gigaWeightsEach;
  private double gigabytesEach;

  /** Adds up what was computed; JMH divides by the time. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Counters {
    /** Multiply-adds, in 10⁹. */
    public double gigaWeights;

    /** Weights read, in 10⁹ bytes. */
    public double gigabytes;

    /** Begins a measurement. */
    @Setup(Level.Iteration)
    public void reset() {
      gigaWeights = 0;
      gigabytes = 0;
    }
  }

  /** Makes the matrix. */
  @Setup(Level.Trial)
  public void load() {
    RandomTensors random = new RandomTensors(1);
    Tensor table = random.activations("table", 64, INPUTS, 3);
    Tensor weight = random.matrix("weight", type, outputs, INPUTS, 1 / Math.sqrt(INPUTS));
    GraphBuilder builder = new GraphBuilder();
    graph = builder.logits(builder.embed("x", table), weight);
    backend = Backends.choose("cpu").open(threads, Map.of());
    int blocks = Math.ceilDiv(rows, Limits.BLOCK_TOKENS);
    executable =
        backend.compile(
            graph, new Limits(rows, blocks, CacheType.F16), new LoadMonitor(LoadOptions.DEFAULT));
    batch = new Batch(rows);
    int[] table64 = IntStream.range(0, 64).toArray();
    batch.add(table64, 64 - rows, rows, 0, IntStream.range(0, blocks).toArray(), true, true);
    gigaWeightsEach = 1e-9 * rows * outputs * INPUTS;
    gigabytesEach = 1e-9 * type.bytes((long) outputs * INPUTS);
  }

  /** Prints what as many threads can reach at most, to be read beside the results. */
  @Setup(Level.Trial)
  public void printCeilings() {
    System.out.println(
        "# "
            + Ceilings.measure(threads > 0 ? threads : Runtime.getRuntime().availableProcessors()));
  }

  /** Frees the matrix. */
  @TearDown(Level.Trial)
  public void close() {
    executable.close();
    backend.close();
  }

  /** Plain loops. */
  @Benchmark
  @Fork(value = 1, jvmArgsPrepend = "-Dcoterie.cpu.tier=scalar")
  public float[] scalar(Counters counters) {
    return multiply(counters);
  }

  /** The Vector API. */
  @Benchmark
  @Fork(
      value = 1,
      jvmArgsPrepend = {"--add-modules=jdk.incubator.vector", "-Dcoterie.cpu.tier=vector"})
  public float[] vector(Counters counters) {
    return multiply(counters);
  }

  /** Machine code. */
  @Benchmark
  @Fork(
      value = 1,
      jvmArgsPrepend = {
        "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED",
        "-Dcoterie.cpu.tier=machinecode"
      })
  public float[] machinecode(Counters counters) {
    return multiply(counters);
  }

  private float[] multiply(Counters counters) {
    executable.run(batch);
    counters.gigaWeights += gigaWeightsEach;
    counters.gigabytes += gigabytesEach;
    return batch.logits(outputs);
  }

  Graph graph() {
    return graph;
  }

  Batch batch() {
    return batch;
  }
}

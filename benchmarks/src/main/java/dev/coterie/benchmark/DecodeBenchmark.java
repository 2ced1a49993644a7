// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

import dev.coterie.GenerationOptions;
import dev.coterie.engine.sampling.Sampler;
import dev.coterie.engine.sampling.SamplingBuffers;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One token after the other for one user: the executable computes a row, the likeliest token is
 * taken and becomes the next row. The context runs from 1 to 256 tokens and begins anew. An
 * operation is a token.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar DecodeBenchmark -prof gc
 * java -jar benchmarks/target/benchmarks.jar DecodeBenchmark.vector -prof gc \
 *   -jvmArgsAppend -Dcoterie.benchmark.model=model.gguf
 * </pre>
 *
 * {@code gc.alloc.rate.norm} must stay below 1 byte. JMH itself allocates some kilobytes an
 * iteration, so a slow model needs longer ones ({@code -r 60}) to show it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 3, time = 10)
public class DecodeBenchmark {
  static final int CONTEXT = 256;

  private BenchmarkModel model;
  private Sampler sampler;
  private int token;
  private int position;

  /** Loads the model. */
  @Setup(Level.Trial)
  public void load() {
    model = new BenchmarkModel(CONTEXT);
    GenerationOptions greedy = GenerationOptions.builder().temperature(0).build();
    sampler = new Sampler(greedy, new int[] {0}, new SamplingBuffers());
    position = 0;
    token = 0;
  }

  /** Frees the model. */
  @TearDown(Level.Trial)
  public void close() {
    model.close();
  }

  /** Plain loops. */
  @Benchmark
  @Fork(value = 1, jvmArgsPrepend = "-Dcoterie.cpu.tier=scalar")
  public int scalar() {
    return decode();
  }

  /** The Vector API. */
  @Benchmark
  @Fork(
      value = 1,
      jvmArgsPrepend = {"--add-modules=jdk.incubator.vector", "-Dcoterie.cpu.tier=vector"})
  public int vector() {
    return decode();
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
  public int machinecode() {
    return decode();
  }

  private int decode() {
    token = sampler.next(model.decode(token, position), 0, model.vocabulary());
    position = position + 1 == CONTEXT ? 0 : position + 1;
    return token;
  }

  BenchmarkModel model() {
    return model;
  }
}

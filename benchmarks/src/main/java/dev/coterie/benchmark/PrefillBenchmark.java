// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A prompt of 512 tokens in one batch, with the logits of the last: what a long question or a
 * document costs before the answer begins. An operation is a token.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar PrefillBenchmark
 * java -jar benchmarks/target/benchmarks.jar PrefillBenchmark.vector \
 *   -jvmArgsAppend -Dcoterie.benchmark.model=model.gguf
 * </pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
public class PrefillBenchmark {
  static final int TOKENS = 512;

  private BenchmarkModel model;

  /** Loads the model. */
  @Setup(Level.Trial)
  public void load() {
    model = new BenchmarkModel(TOKENS);
  }

  /** Frees the model. */
  @TearDown(Level.Trial)
  public void close() {
    model.close();
  }

  /** Plain loops. */
  @Benchmark
  @Fork(value = 1, jvmArgsPrepend = "-Dcoterie.cpu.tier=scalar")
  @OperationsPerInvocation(TOKENS)
  public float[] scalar() {
    return model.prefill(0, TOKENS);
  }

  /** The Vector API. */
  @Benchmark
  @Fork(
      value = 1,
      jvmArgsPrepend = {"--add-modules=jdk.incubator.vector", "-Dcoterie.cpu.tier=vector"})
  @OperationsPerInvocation(TOKENS)
  public float[] vector() {
    return model.prefill(0, TOKENS);
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
  @OperationsPerInvocation(TOKENS)
  public float[] machinecode() {
    return model.prefill(0, TOKENS);
  }

  BenchmarkModel model() {
    return model;
  }
}

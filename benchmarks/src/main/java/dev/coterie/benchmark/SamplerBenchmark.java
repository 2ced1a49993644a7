// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

import dev.coterie.GenerationOptions;
import dev.coterie.engine.sampling.Sampler;
import dev.coterie.engine.sampling.SamplingBuffers;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * Choosing one token from the logits of a vocabulary of 128,256 (that of Llama 3): what is added to
 * every token of every user. An operation is a token.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar SamplerBenchmark -prof gc
 * </pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SamplerBenchmark {
  static final int VOCABULARY = 128_256;

  /** How the token is chosen. */
  @Param public Choice choice;

  private float[] logits;
  private Sampler sampler;

  /** How a token is chosen. */
  public enum Choice {
    /** The likeliest. */
    GREEDY,
    /** A draw from all. */
    TEMPERATURE,
    /** A draw from the 40 likeliest. */
    TOP_K,
    /** A draw from those that make up 95 %. */
    TOP_P,
    /** A draw from those at least a twentieth as likely as the likeliest. */
    MIN_P,
    /** The likeliest, with repetition made less likely. */
    PENALTIES
  }

  /** Makes logits that look like a model's: normal, with a few that stand out. */
  @Setup(Level.Trial)
  public void fill() {
    Random random = new Random(1);
    logits = new float[VOCABULARY];
    for (int i = 0; i < VOCABULARY; i++) {
      logits[i] = (float) (2 * random.nextGaussian());
    }
    for (int i = 0; i < 20; i++) {
      logits[random.nextInt(VOCABULARY)] = 12 - i / 4f;
    }
    GenerationOptions.Builder options = GenerationOptions.builder().seed(1L).maxTokens(1000);
    switch (choice) {
      case GREEDY -> options.temperature(0);
      case TEMPERATURE -> options.temperature(0.8f);
      case TOP_K -> options.temperature(0.8f).topK(40);
      case TOP_P -> options.temperature(0.8f).topP(0.95f);
      case MIN_P -> options.temperature(0.8f).minP(0.05f);
      case PENALTIES -> options.temperature(0).repetitionPenalty(1.1f).frequencyPenalty(0.2f);
    }
    sampler = new Sampler(options.build(), new int[] {1, 2, 3}, new SamplingBuffers());
  }

  /** One token. */
  @Benchmark
  public int next() {
    return sampler.next(logits, 0, VOCABULARY);
  }

  float[] logits() {
    return logits;
  }
}

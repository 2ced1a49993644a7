// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.coterie.GenerationOptions;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @ParameterizedTest
  @ValueSource(strings = {"greedy", "penalties", "draw", "topK", "topP", "minP", "all"})
  void choosingATokenAllocatesNothing(String which) {
    int vocabulary = 4096;
    float[] logits = new float[vocabulary];
    Random random = new Random(1);
    for (int i = 0; i < vocabulary; i++) {
      logits[i] = (float) random.nextGaussian() * 3;
    }
    Sampler sampler = new Sampler(options(which), new int[] {1, 2, 3}, new SamplingBuffers());
    int sum = sampler.next(logits, 0, vocabulary);
    long least = Long.MAX_VALUE; // the JIT compiler may bill this thread now and then
    for (int round = 0; round < 5 && least > 0; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 200; i++) {
        sum += sampler.next(logits, 0, vocabulary);
      }
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    assertThat(sum).isNotNegative();
    assertThat(least).isZero();
  }

  private static GenerationOptions options(String which) {
    GenerationOptions.Builder options = GenerationOptions.builder().seed(7L);
    boolean all = which.equals("all");
    if (all || which.equals("penalties")) {
      options.repetitionPenalty(1.2).frequencyPenalty(0.1).logitBias(Map.of(3, 1f, 9, -1f));
    }
    if (!which.equals("greedy") && !which.equals("penalties")) {
      options.temperature(0.8);
    }
    return options
        .topK(all || which.equals("topK") ? 40 : 0)
        .topP(all || which.equals("topP") ? 0.9 : 1)
        .minP(all || which.equals("minP") ? 0.05 : 0)
        .build();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.coterie.CacheType;
import dev.coterie.LoadOptions;
import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.machinecode.InstructionSet;
import dev.coterie.runtime.cpu.machinecode.Processor;
import dev.coterie.spi.Backends;
import dev.coterie.spi.Batch;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.Operation;
import dev.coterie.testkit.ReferenceProvider;
import dev.coterie.testkit.Tolerances;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs every benchmark once and checks its answer. */
class BenchmarksTest {
  private static final String TIER = "coterie.cpu.tier";

  /** The forks choose the tier; this JVM has one that computes in float32. */
  @BeforeAll
  static void chooseTier() {
    System.setProperty(TIER, "vector");
  }

  @AfterAll
  static void forgetTier() {
    System.clearProperty(TIER);
  }

  @Test
  void decodeChoosesTheReferencesTokens() {
    DecodeBenchmark benchmark = new DecodeBenchmark();
    benchmark.load();
    try {
      int first = benchmark.vector();
      int second = benchmark.scalar();
      float[] logits = reference(benchmark.model().graph(), new int[] {0, first}, 2);
      int vocabulary = benchmark.model().vocabulary();
      assertThat(first).isEqualTo(likeliest(logits, 0, vocabulary));
      assertThat(second).isEqualTo(likeliest(logits, vocabulary, vocabulary));
    } finally {
      benchmark.close();
    }
  }

  @Test
  void prefillGivesTheLogitsOfDecode() {
    PrefillBenchmark benchmark = new PrefillBenchmark();
    benchmark.load();
    try {
      float[] whole = benchmark.vector().clone();
      benchmark.model().prefill(0, PrefillBenchmark.TOKENS - 1);
      float[] split = benchmark.model().prefill(PrefillBenchmark.TOKENS - 1, 1);
      for (int i = 0; i < benchmark.model().vocabulary(); i++) {
        assertThat(split[i]).isCloseTo(whole[i], within(2e-2f));
      }
    } finally {
      benchmark.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void linearMultipliesAsTheReference(DataType type) {
    LinearBenchmark benchmark = new LinearBenchmark();
    benchmark.type = type;
    benchmark.rows = 2;
    benchmark.outputs = 48;
    benchmark.load();
    try {
      LinearBenchmark.Counters counters = new LinearBenchmark.Counters();
      float[] logits = benchmark.vector(counters);
      float[] expected = reference(benchmark.graph(), new int[] {62, 63}, 2);
      for (int i = 0; i < expected.length; i++) {
        assertThat(logits[i]).isCloseTo(expected[i], within(1e-3f));
      }
      assertThat(counters.gigaWeights).isCloseTo(2 * 48 * 2048e-9, within(1e-12));
      assertThat(counters.gigabytes).isCloseTo(type.bytes(48 * 2048) * 1e-9, within(1e-12));
    } finally {
      benchmark.close();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NIBBLE", "BYTE"})
  void machineCodeMultipliesAsPlainLoops(Layout layout) {
    Processor here = Processor.here();
    assumeTrue(here.best() != InstructionSet.NONE, here.details());
    MachineCodeBenchmark benchmark = new MachineCodeBenchmark();
    benchmark.layout = layout;
    benchmark.rows = 13;
    benchmark.outputs = 64;
    benchmark.instructions = here.best();
    benchmark.load();
    try {
      MachineCodeBenchmark.Counters counters = new MachineCodeBenchmark.Counters();
      float[] found = benchmark.product(counters).clone();
      Arrays.fill(benchmark.product(counters), 0);
      float[] expected = benchmark.scalar(counters);
      double errors = 0;
      double squares = 0;
      for (int i = 0; i < expected.length; i++) {
        errors += Math.pow(found[i] - expected[i], 2);
        squares += Math.pow(expected[i], 2);
      }
      assertThat(errors / squares).isLessThan(Tolerances.QUANTIZED_MATMUL_NMSE);
      assertThat(counters.gigaWeights).isCloseTo(3 * 13 * 64 * 2048e-9, within(1e-12));
      counters.reset();
      benchmark.quantize(counters);
      benchmark.read(counters);
      assertThat(counters.gigabytes).isCloseTo(64 * 64 * layout.tileBytes() / 16e9, within(1e-12));
    } finally {
      benchmark.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void samplersChooseALikelyToken(SamplerBenchmark.Choice choice) {
    SamplerBenchmark benchmark = new SamplerBenchmark();
    benchmark.choice = choice;
    benchmark.fill();
    int id = benchmark.next();
    assertThat(id).isBetween(0, SamplerBenchmark.VOCABULARY - 1);
    switch (choice) {
      case GREEDY, PENALTIES ->
          assertThat(id).isEqualTo(likeliest(benchmark.logits(), 0, SamplerBenchmark.VOCABULARY));
      case TOP_K, TOP_P, MIN_P -> assertThat(benchmark.logits()[id]).isGreaterThan(6);
      case TEMPERATURE -> {}
    }
  }

  @Test
  void theDocumentSurvivesTheTokenizer() throws IOException {
    TokenizerBenchmark benchmark = new TokenizerBenchmark();
    benchmark.load();
    assertThat(benchmark.encode()).hasSizeGreaterThan(1000);
    assertThat(benchmark.decode()).isEqualTo(benchmark.text());
  }

  @Test
  void memoryIsReadAtSomeSpeed() throws Exception {
    assertThat(MemoryBandwidth.measure(2, 1)).isPositive();
  }

  /** The logits of all tokens, computed in double precision. */
  private static float[] reference(Graph graph, int[] tokens, int rows) {
    try (var backend = Backends.choose(ReferenceProvider.NAME).open(1, Map.of());
        var executable =
            backend.compile(
                graph, new Limits(rows, 1, CacheType.F32), new LoadMonitor(LoadOptions.DEFAULT))) {
      Batch batch = new Batch(rows);
      batch.add(tokens, 0, rows, 0, new int[] {0}, true, true);
      executable.run(batch);
      int vocabulary =
          graph.operations().stream()
              .mapToInt(o -> o instanceof Operation.Logits l ? l.weight().rows() : 0)
              .max()
              .orElseThrow();
      return Arrays.copyOf(batch.logits(vocabulary), rows * vocabulary);
    }
  }

  private static int likeliest(float[] logits, int from, int vocabulary) {
    int best = 0;
    for (int i = 1; i < vocabulary; i++) {
      if (logits[from + i] > logits[from + best]) {
        best = i;
      }
    }
    return best;
  }
}

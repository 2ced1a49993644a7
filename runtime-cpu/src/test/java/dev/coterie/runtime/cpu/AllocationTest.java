// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.coterie.CacheType;
import dev.coterie.LoadOptions;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Batch;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModel;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding allocates nothing once it is compiled. */
class AllocationTest {
  private static final int STEPS = 2_000;

  /** Objects that do not escape are allocated until the compiler has seen that. */
  private static final int MOST_ROUNDS = 60;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @ParameterizedTest
  @CsvSource({
    "scalar, Q4_0",
    "scalar, Q4_K",
    "scalar, F32",
    "vector, Q4_0",
    "vector, Q4_K",
    "vector, Q5_0",
    "vector, Q6_K",
    "vector, Q8_0",
    "vector, MXFP4",
    "vector, F16",
    "vector, F32",
    "machinecode, Q4_0",
    "machinecode, Q4_1",
    "machinecode, Q8_0",
    "machinecode, Q4_K",
    "machinecode, MXFP4",
    "machinecode, BF16"
  })
  void steadyDecodeAllocatesLessThanAByteAToken(String tier, DataType type) throws Exception {
    assertNoAllocation(tier, type.name(), "llama");
  }

  /** With experts, which are counted. */
  @ParameterizedTest
  @ValueSource(strings = {"scalar", "vector"})
  void countingExpertsAllocatesNothing(String tier) throws Exception {
    assertNoAllocation(tier, DataType.Q8_0.name(), "qwen3moe");
  }

  /** Blocks change, and what is kept of tokens with them. */
  @ParameterizedTest
  @ValueSource(strings = {"scalar", "vector"})
  void compressingAllocatesNothing(String tier) throws Exception {
    assertNoAllocation(tier, DataType.F32.name(), "deepseek4");
  }

  private static void assertNoAllocation(String... arguments) throws Exception {
    // a JVM of its own: what others have run in this one shapes what the compiler inlines
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                AllocationTest.class.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  /** Ends with 0 as soon as a round allocates less than a byte a token. */
  public static void main(String[] args) {
    DataType type = DataType.valueOf(args[1]);
    Graph graph =
        switch (args[2]) {
          case "deepseek4" -> CompressedGraphs.of(0, 4, 128);
          case "qwen3moe" -> new RandomModel(ModelShape.qwen3moe(type), 5).graph();
          default -> new RandomModel(ModelShape.llama(type), 5).graph();
        };
    int vocabulary = args[2].equals("deepseek4") ? CompressedGraphs.VOCABULARY : 300;
    int[] counts = new int[graph.mixtures().stream().mapToInt(m -> m.gate().size()).sum()];
    Limits limits = new Limits(1, 8, CacheType.F16);
    try (Backend backend = new CpuDevice().open(1, Map.of("tier", args[0]));
        Executable executable =
            backend.compile(graph, limits, new LoadMonitor(LoadOptions.DEFAULT))) {
      Batch batch = new Batch(1);
      for (int round = 0; round < MOST_ROUNDS; round++) {
        long bytes = bytesOf(executable, batch, counts, vocabulary);
        if (bytes < STEPS) {
          return;
        }
        System.out.println("round " + round + ": " + bytes / STEPS + " bytes a token");
      }
    }
    System.exit(1);
  }

  private static long bytesOf(Executable executable, Batch batch, int[] counts, int vocabulary) {
    int[] token = new int[1];
    int[] blocks = {3, 0, 7, 5};
    int positions = blocks.length * Limits.BLOCK_TOKENS;
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int step = 0; step < STEPS; step++) {
      token[0] = step % vocabulary;
      batch.clear();
      batch.add(token, 0, 1, step % positions, blocks, false, true, counts);
      executable.run(batch);
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }
}

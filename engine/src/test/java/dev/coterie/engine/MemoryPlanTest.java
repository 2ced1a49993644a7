// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.coterie.CachePart;
import dev.coterie.CacheType;
import dev.coterie.LoadOptions;
import dev.coterie.MemoryPlan;
import dev.coterie.Model;
import dev.coterie.ModelPlan;
import dev.coterie.RepackCache;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.format.Checkpoints;
import dev.coterie.engine.model.ModelArchitectures;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Backends;
import dev.coterie.spi.Batch;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.WeightCache;
import dev.coterie.testkit.GoldenModel;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModels;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a plan says of memory is what is taken. */
class MemoryPlanTest {
  private static final int BLOCKS = 5;
  private static final double PERCENT = 1;

  @TempDir Path directory;

  static Stream<Arguments> golden() {
    return GoldenModel.allOwn().stream()
        .flatMap(
            golden -> Stream.of("scalar", "vector").map(tier -> Arguments.of(golden.name(), tier)));
  }

  static Stream<ModelShape> shapes() {
    return Stream.of(DataType.Q4_0, DataType.BF16)
        .flatMap(
            type ->
                Stream.of(
                    ModelShape.llama(type),
                    ModelShape.qwen2(type),
                    ModelShape.mixtral(type),
                    ModelShape.qwen3moe(type),
                    ModelShape.deepseekLite(type),
                    ModelShape.deepseek(type)));
  }

  @Test
  void keptWeightsArePlannedAsMapped() throws Exception {
    Path file =
        RandomModels.write(directory.resolve("model.gguf"), ModelShape.deepseek(DataType.Q4_0), 3);
    RepackCache place = RepackCache.in(directory.resolve("cache"));
    System.setProperty("coterie.cache.least", "0");
    try (Checkpoint checkpoint = Checkpoints.open(file);
        Backend backend = Backends.choose("cpu").open(2, Map.of())) {
      Graph graph = graph(checkpoint);
      WeightCache cache = new WeightCache(place, "m", "00");
      Limits limits = new Limits(64, BLOCKS, CacheType.F16, 1);
      LoadMonitor monitor = new LoadMonitor(LoadOptions.DEFAULT);
      MemoryPlan copied = backend.estimate(graph, limits, cache);
      assertThat(copied).isEqualTo(backend.estimate(graph, limits));
      try (Executable executable = backend.compile(graph, limits, cache, monitor)) {
        assertThat(executable.memoryBytes())
            .isEqualTo(copied.copiedWeightBytes() + copied.scratchBytes());
        while (place.entries().isEmpty()) {
          Thread.sleep(5);
        }
      }
      MemoryPlan mapped = backend.estimate(graph, limits, cache);
      assertThat(mapped.copiedWeightBytes()).isZero();
      assertThat(mapped.mappedWeightBytes())
          .isEqualTo(copied.mappedWeightBytes() + copied.copiedWeightBytes());
      assertThat(mapped.weightBytesPerToken()).isEqualTo(copied.weightBytesPerToken());
      assertThat(mapped.totalBytes()).isEqualTo(copied.totalBytes() - copied.copiedWeightBytes());
      try (Executable executable = backend.compile(graph, limits, cache, monitor)) {
        assertThat(executable.memoryBytes()).isEqualTo(mapped.scratchBytes());
      }
    } finally {
      System.clearProperty("coterie.cache.least");
    }
  }

  /** The graphs that are planned and computed. */
  private static Graph graph(Checkpoint checkpoint) throws IOException {
    return ModelArchitectures.named(checkpoint.info().architecture())
        .graph(checkpoint, checkpoint.tokenizer().vocabularySize());
  }

  private static void compare(Path path, String tier) throws IOException {
    try (Checkpoint checkpoint = Checkpoints.open(path);
        Backend backend = Backends.choose("cpu").open(2, Map.of("tier", tier))) {
      Graph graph = graph(checkpoint);
      Graph planned = graph(checkpoint.planning());
      for (CacheType cacheType : CacheType.values()) {
        Limits limits = new Limits(64, BLOCKS, cacheType, 1);
        MemoryPlan plan = backend.estimate(planned, limits);
        assertThat(backend.estimate(graph, limits)).isEqualTo(plan);
        try (Executable executable =
            backend.compile(graph, limits, new LoadMonitor(LoadOptions.DEFAULT))) {
          assertThat(executable.memoryBytes())
              .isEqualTo(plan.copiedWeightBytes() + plan.scratchBytes());
          fill(executable);
          assertThat(executable.memoryBytes())
              .as(cacheType.name())
              .isCloseTo(plan.totalBytes(), withinPercentage(PERCENT));
          assertThat(plan.cacheBytesPerToken() * BLOCKS * Limits.BLOCK_TOKENS)
              .isCloseTo(plan.cacheBytes(), withinPercentage(1e-9));
        }
      }
    }
  }

  /** Writes all blocks, in batches between which most of V4's state is kept. */
  private static void fill(Executable executable) {
    int[] tokens = new int[BLOCKS * Limits.BLOCK_TOKENS];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = 3 + i * i % 100;
    }
    int[] table = {4, 0, 2, 1, 3};
    Batch batch = new Batch(64);
    int from = 0;
    for (int rows : new int[] {31, 64, 64, 1}) {
      batch.clear();
      batch.add(tokens, from, rows, from, table, false, true);
      executable.run(batch);
      from += rows;
    }
  }

  @ParameterizedTest
  @MethodSource("golden")
  void everyArchitectureTakesWhatWasPlanned(String name, String tier) throws IOException {
    compare(GoldenModel.own(name).directory(), tier);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void randomModelsTakeWhatWasPlanned(ModelShape shape) throws IOException {
    Path file = RandomModels.write(directory.resolve("model.gguf"), shape, 3);
    compare(file, "scalar");
    compare(file, "vector");
    if (Models.hasMachineCode()) {
      compare(file, "machinecode");
    }
  }

  /** The count of bytes is held against the JVM's own. */
  @ParameterizedTest
  @MethodSource("golden")
  void scratchIsWhatTheHeapGrowsBy(String name, String tier) throws IOException {
    Path path = GoldenModel.own(name).directory();
    try (Checkpoint checkpoint = Checkpoints.open(path);
        Backend backend = Backends.choose("cpu").open(1, Map.of("tier", tier))) {
      Graph graph = graph(checkpoint);
      LoadMonitor monitor = new LoadMonitor(LoadOptions.DEFAULT);
      Limits limits = new Limits(250, 1, CacheType.F16); // no array fills regions of G1
      backend.compile(graph, limits, monitor).close(); // classes are loaded
      long before = usedHeap();
      try (Executable executable = backend.compile(graph, limits, monitor)) {
        long grown = usedHeap() - before;
        long planned = backend.estimate(graph, limits).scratchBytes();
        // some ten KiB a thread are native memory
        assertThat(grown).isCloseTo(planned, withinPercentage(5));
        assertThat(executable.memoryBytes()).isGreaterThan(planned);
      }
    }
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @Test
  void theCacheIsToldByItsParts() throws IOException {
    assertThat(parts("llama")).containsExactly("3 keys and values");
    assertThat(parts("deepseek_v3")).containsExactly("3 latents");
    assertThat(parts("deepseek_v32")).containsExactlyInAnyOrder("3 latents", "3 index keys");
    assertThat(parts("gpt_oss"))
        .containsExactly("2 keys and values, window of 32", "2 keys and values");
    assertThat(parts("llama4"))
        .containsExactly("3 keys and values, chunks of 64", "1 keys and values");
    assertThat(parts("deepseek_v4"))
        .containsExactly(
            "5 keys that are the values, window of 32",
            "2 index entries of 4 tokens",
            "2 tokens that go into index entries of 4 tokens",
            "2 compressed entries of 4 tokens",
            "2 tokens that go into compressed entries of 4 tokens",
            "2 compressed entries of 128 tokens",
            "2 tokens that go into compressed entries of 128 tokens");
  }

  private static List<String> parts(String name) throws IOException {
    Path path = GoldenModel.shared(name).directory();
    return Model.plan(path, LoadOptions.DEFAULT).memory().cache().stream()
        .map(part -> part.layers() + " " + part.content())
        .toList();
  }

  @Test
  void aPlanGivesTheNumbersOfAModelsSheet() throws IOException {
    ModelShape shape = ModelShape.qwen3moe(DataType.Q8_0);
    Path file = RandomModels.write(directory.resolve("model.gguf"), shape, 3);
    ModelPlan plan = Model.plan(file, LoadOptions.builder().contextLength(96).build());
    ModelShape.Mixture mixture = shape.mixture();
    long hidden = shape.hiddenSize();
    long width = (long) shape.heads() * shape.headSize();
    long keys = (long) shape.keyValueHeads() * shape.headSize();
    long attention = 2 * hidden * width + 2 * hidden * keys + 2 * shape.headSize();
    long expert = 3 * hidden * mixture.intermediateSize();
    long layer = attention + 2 * hidden + hidden * mixture.experts();
    long embedding = shape.vocabulary() * hidden;
    long outside = hidden + embedding + (shape.tied() ? 0 : embedding);
    assertThat(plan.parameters())
        .isEqualTo(outside + shape.layers() * (layer + mixture.experts() * expert))
        .isEqualTo(plan.info().parameters());
    assertThat(plan.activeParameters())
        .isEqualTo(2 * hidden + embedding + shape.layers() * (layer + mixture.used() * expert));
    assertThat(plan.flopsPerToken() - plan.promptFlopsPerToken()).isEqualTo(2 * embedding);
    assertThat(plan.promptFlopsPerToken())
        .isBetween(2 * plan.activeParameters() - 2 * embedding, 3 * plan.activeParameters());
    long matrices = plan.activeParameters() - shape.layers() * hidden * mixture.experts();
    assertThat(plan.fileBytesPerToken())
        .isBetween(DataType.Q8_0.bytes(matrices / 32 * 32), 4 * plan.activeParameters());
    assertThat(plan.contextLength()).isEqualTo(96);
    assertThat(plan.memory().cacheTokens()).isEqualTo(96);
    double token = 2.0 * 2 * keys * shape.layers(); // F16
    assertThat(plan.memory().cache())
        .containsExactly(new CachePart("keys and values", shape.layers(), token));
    assertThat(plan.memory().cacheBytes()).isEqualTo((long) (96 * token));
    assertThat(plan.rearrangedBytes()).isZero();
    assertThat(plan.fits()).isTrue();
    assertThat(plan.deviceMemory().limitBytes()).isGreaterThan(1L << 28);
  }
}

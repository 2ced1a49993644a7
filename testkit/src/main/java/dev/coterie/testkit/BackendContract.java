// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.coterie.CacheType;
import dev.coterie.LoadOptions;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Batch;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.testkit.BatchPlan.Segment;
import dev.coterie.testkit.BatchPlan.Wanted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every backend owes: the same results as the {@link ReferenceBackend}, for every operation,
 * type and shape of batch, and an orderly life. A backend's test is a class that extends this one
 * and opens it:
 *
 * <pre>{@code
 * class ScalarContractTest extends BackendContract {
 *   @Override
 *   protected Backend openBackend() {
 *     return device.open(2, Map.of("tier", "scalar"));
 *   }
 * }
 * }</pre>
 */
public abstract class BackendContract extends MixtureContract {
  /** How long threads may wait for each other before they are said to be stuck. */
  private static final int DEADLOCK_SECONDS = 20;

  /** For subclasses. */
  protected BackendContract() {}

  private static Graph model(DataType type) {
    return new RandomModel(ModelShape.llama(type), 1).graph();
  }

  private boolean supported(Graph graph) {
    return graph.operations().stream().allMatch(this::supports);
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void models(DataType type) {
    for (ModelShape shape : List.of(ModelShape.llama(type), ModelShape.qwen2(type))) {
      Graph graph = new RandomModel(shape, type.ordinal()).graph();
      BatchPlan plan = new BatchPlan(graph, 2);
      int a = plan.sequence(45);
      int b = plan.sequence(40);
      plan.step(new Segment(a, 0, 35, Wanted.ALL));
      plan.step(new Segment(a, 35, 1, Wanted.LAST));
      plan.step(new Segment(b, 0, 33, Wanted.LAST), new Segment(a, 36, 1, Wanted.LAST));
      plan.step(new Segment(a, 37, 1, Wanted.LAST), new Segment(b, 33, 1, Wanted.LAST));
      String what = shape.architecture() + " " + type;
      check(what, graph, plan, Accuracy::assertNmse, modelNmse());
    }
  }

  /**
   * Whole, in odd chunks and token by token must agree with each other, not only with the
   * reference.
   */
  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"F32", "Q8_0", "Q4_0", "Q4_K"})
  void batchesDoNotChangeResults(DataType type) {
    Graph graph = model(type);
    assumeTrue(supported(graph), "the backend does not support " + type);
    int[] ones = new int[70];
    Arrays.fill(ones, 1);
    float[][] whole = inChunks(graph, 70);
    float[][] chunks = inChunks(graph, 1, 31, 3, 33, 2);
    float[][] single = inChunks(graph, ones);
    Accuracy.assertNmse("odd chunks", whole, chunks, consistencyNmse());
    Accuracy.assertNmse("token by token", whole, single, consistencyNmse());
  }

  private float[][] inChunks(Graph graph, int... counts) {
    BatchPlan plan = new BatchPlan(graph, 3);
    plan.chunks(plan.sequence(70), Wanted.ALL, counts);
    return run(backend(), graph, plan, CacheType.F32);
  }

  @Test
  void neighborsInABatchDoNotChangeResults() {
    Graph graph = model(DataType.Q8_0);
    assumeTrue(supported(graph), "the backend does not support Q8_0");
    BatchPlan together = new BatchPlan(graph, 4);
    Segment[] prefill = new Segment[9];
    Segment[] decode = new Segment[9];
    for (int i = 0; i < prefill.length; i++) {
      int sequence = together.sequence(5 + i);
      prefill[i] = new Segment(sequence, 0, 4 + i, Wanted.NONE);
      decode[i] = new Segment(sequence, 4 + i, 1, Wanted.LAST);
    }
    float[][] all = run(backend(), graph, together.step(prefill).step(decode), CacheType.F32);
    BatchPlan alone = new BatchPlan(graph, 4);
    for (int i = 0; i < prefill.length; i++) {
      alone.chunks(alone.sequence(5 + i), Wanted.NONE, 4 + i).step(decode[i]);
    }
    float[][] each = run(backend(), graph, alone, CacheType.F32);
    Accuracy.assertNmse("decode alone", all, each, consistencyNmse());
  }

  @Test
  void runningTwiceGivesTheSameBits() {
    Graph graph = model(DataType.F32);
    BatchPlan plan = new BatchPlan(graph, 5);
    int a = plan.sequence(80);
    plan.chunks(a, Wanted.ALL, 64, 1, 1, 14);
    try (Executable executable = backend().compile(graph, plan.limits(CacheType.F16), QUIET)) {
      float[][] first = plan.run(executable, ModelShape.VOCABULARY);
      assertThat(plan.run(executable, ModelShape.VOCABULARY)).isDeepEqualTo(first);
      assertThat(executable.memoryBytes()).isPositive();
    }
  }

  /** Of each segment its own rows, whatever goes with them. */
  @Test
  void expertsAreCountedBySegment() {
    Graph graph = new RandomModel(ModelShape.deepseek(DataType.F32), 7).graph();
    assumeTrue(supported(graph), "the model has an operation that is not supported");
    int[][] sequences = {{3, 1, 4, 1, 5, 9, 2, 6}, {8, 9, 7, 9, 3}, {2, 7, 1, 8, 2, 8, 1}};
    int experts = graph.mixtures().stream().mapToInt(mixture -> mixture.gate().size()).sum();
    int[][] expected = countsAlone(new ReferenceBackend(), graph, sequences, experts);
    for (int s = 0; s < sequences.length; s++) {
      int chosen = graph.mixtures().stream().mapToInt(m -> m.routing().width() / 2).sum();
      assertThat(Arrays.stream(expected[s]).sum()).isEqualTo(sequences[s].length * chosen);
    }
    assertThat(countsAlone(backend(), graph, sequences, experts)).isDeepEqualTo(expected);
    Limits limits = new Limits(32, 4, CacheType.F32);
    int[][] counts = new int[sequences.length][experts];
    try (Executable executable = backend().compile(graph, limits, QUIET)) {
      Batch batch = new Batch(32);
      batch.add(new int[] {5, 5, 5}, 0, 3, 0, new int[] {3}, false, false);
      for (int s = 0; s < sequences.length; s++) {
        int[] tokens = sequences[s];
        batch.add(tokens, 0, tokens.length, 0, new int[] {s}, false, true, counts[s]);
      }
      executable.run(batch);
      assertThat(counts).isDeepEqualTo(expected);
      batch.clear();
      batch.add(sequences[0], 0, 2, 0, new int[] {0}, false, false);
      executable.run(batch);
      assertThat(counts).as("after a run that counts nothing").isDeepEqualTo(expected);
    }
  }

  private static int[][] countsAlone(Backend backend, Graph graph, int[][] sequences, int experts) {
    int[][] counts = new int[sequences.length][experts];
    for (int s = 0; s < sequences.length; s++) {
      try (Executable executable =
          backend.compile(graph, new Limits(16, 1, CacheType.F32), QUIET)) {
        Batch batch = new Batch(16);
        int[] tokens = sequences[s];
        batch.add(tokens, 0, tokens.length, 0, new int[] {0}, false, true, counts[s]);
        executable.run(batch);
      }
    }
    return counts;
  }

  @Test
  void anEmptyBatchDoesNothing() {
    Graph graph = model(DataType.F32);
    try (Executable executable = backend().compile(graph, new Limits(8, 4, CacheType.F32), QUIET)) {
      executable.run(new Batch(8));
      BatchPlan plan = new BatchPlan(graph, 6);
      plan.chunks(plan.sequence(8), Wanted.ALL, 8);
      float[][] actual = plan.run(executable, ModelShape.VOCABULARY);
      Accuracy.assertNmse("after an empty batch", reference(graph, plan), actual, modelNmse());
    }
  }

  @Test
  void aBatchMayHaveMoreRoomThanTheLimit() {
    Graph graph = model(DataType.F32);
    try (Executable executable = backend().compile(graph, new Limits(2, 1, CacheType.F32), QUIET)) {
      Batch batch = new Batch(64);
      batch.add(new int[] {3, 4}, 0, 2, 0, new int[] {0}, false, true);
      executable.run(batch);
      assertThat(batch.logits(ModelShape.VOCABULARY)[0]).isFinite();
    }
  }

  @Test
  void executablesAreIndependent() {
    Graph graph = model(DataType.F32);
    Limits limits = new Limits(40, 9, CacheType.F32);
    BatchPlan one = new BatchPlan(graph, 7);
    one.chunks(one.sequence(40), Wanted.ALL, 40);
    BatchPlan other = new BatchPlan(graph, 8);
    other.chunks(other.sequence(40), Wanted.ALL, 20, 20);
    try (Executable a = backend().compile(graph, limits, QUIET);
        Executable b = backend().compile(graph, limits, QUIET)) {
      float[][] first = one.run(a, ModelShape.VOCABULARY);
      float[][] second = other.run(b, ModelShape.VOCABULARY);
      Accuracy.assertNmse("first", reference(graph, one), first, modelNmse());
      Accuracy.assertNmse("second", reference(graph, other), second, modelNmse());
    }
  }

  /** On a backend of its own: should its threads get stuck, they must not fail other tests. */
  @Test
  void severalThreadsMayUseABackend() throws Exception {
    Graph graph = model(DataType.F32);
    BatchPlan plan = new BatchPlan(graph, 9);
    plan.chunks(plan.sequence(40), Wanted.ALL, 33, 1, 1, 5);
    float[][] expected = reference(graph, plan);
    Backend shared = openBackend();
    List<FutureTask<float[][]>> results = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      results.add(new FutureTask<>(() -> run(shared, graph, plan, CacheType.F32)));
      Thread.ofPlatform().daemon().start(results.getLast());
    }
    for (FutureTask<float[][]> result : results) {
      float[][] actual = result.get(DEADLOCK_SECONDS, TimeUnit.SECONDS);
      Accuracy.assertNmse("one of 4 threads", expected, actual, modelNmse());
    }
    shared.close();
  }

  @Test
  void aClosedExecutableDoesNotRun() {
    Graph graph = model(DataType.F32);
    Executable executable = backend().compile(graph, new Limits(4, 4, CacheType.F16), QUIET);
    executable.close();
    executable.close();
    Batch batch = new Batch(4);
    batch.add(new int[] {1}, 0, 1, 0, new int[] {0}, true, true);
    assertThatThrownBy(() -> executable.run(batch))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void aClosedBackendDoesNotCompile() {
    Backend closed = openBackend();
    closed.close();
    closed.close();
    Limits limits = new Limits(4, 4, CacheType.F16);
    assertThatThrownBy(() -> closed.compile(model(DataType.F32), limits, QUIET))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void aCancelledLoadEnds() {
    LoadMonitor cancelled = new LoadMonitor(LoadOptions.builder().cancelled(() -> true).build());
    Limits limits = new Limits(4, 4, CacheType.F16);
    assertThatThrownBy(() -> backend().compile(model(DataType.Q8_0), limits, cancelled))
        .isInstanceOf(CancellationException.class);
  }

  @Test
  void progressGrowsWithinAPhase() {
    Map<String, List<Double>> progress = new ConcurrentHashMap<>();
    LoadOptions options =
        LoadOptions.builder()
            .listener(
                (phase, done) -> progress.computeIfAbsent(phase, _ -> new ArrayList<>()).add(done))
            .build();
    Limits limits = new Limits(4, 4, CacheType.F16);
    backend().compile(model(DataType.F32), limits, new LoadMonitor(options)).close();
    assertThat(progress.values())
        .allSatisfy(done -> assertThat(done).isSorted().allMatch(p -> p >= 0 && p <= 1));
  }

  @Test
  void hasADescription() {
    assertThat(backend().description()).isNotBlank();
  }
}

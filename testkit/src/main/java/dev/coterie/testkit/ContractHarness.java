// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.CacheType;
import dev.coterie.LoadOptions;
import dev.coterie.UnsupportedModelException;
import dev.coterie.spi.Backend;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import dev.coterie.testkit.BatchPlan.Segment;
import dev.coterie.testkit.BatchPlan.Wanted;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/**
 * What a subclass of {@link BackendContract} says about its backend, and how the contract runs
 * graphs.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ContractHarness {
  /** The numbers of rows that batches have, around the tile sizes of kernels. */
  static final int[] ROWS = {1, 2, 3, 7, 8, 9, 13, 31, 64, 65};

  /** A monitor that hears nothing and cancels nothing. */
  static final LoadMonitor QUIET = new LoadMonitor(LoadOptions.DEFAULT);

  /** The rows of the embedding tables that tests make. */
  static final int VOCABULARY = 71;

  private Backend backend;

  /** For subclasses. */
  @SuppressWarnings("NullAway.Init") // set before the first test
  protected ContractHarness() {}

  /**
   * Opens the backend under test. Called once a class, and by tests that close it.
   *
   * @return a new backend; the contract closes it
   */
  protected abstract Backend openBackend();

  /**
   * Whether matrix products use float32 activations; else they may round them to 8 bits and the
   * limits are wider.
   *
   * @return whether they do; true unless overridden
   */
  protected boolean activationsAreFloat() {
    return true;
  }

  /**
   * Whether the backend computes an operation. Where it says no, compiling a graph with that
   * operation must throw {@link UnsupportedModelException}.
   *
   * @param operation the operation
   * @return whether it does; true unless overridden
   */
  protected boolean supports(Operation operation) {
    return true;
  }

  /**
   * Whether the backend keeps keys and values of some length in a type of cache. Where it says no,
   * the contract does not try.
   *
   * @param type the type
   * @param headSize values a head
   * @return whether it does; true unless overridden
   */
  protected boolean supports(CacheType type, int headSize) {
    return true;
  }

  /**
   * The limit for matrix products, as NMSE over a batch.
   *
   * @return {@link Tolerances#FLOAT_MATMUL_NMSE}, or {@link Tolerances#QUANTIZED_MATMUL_NMSE} where
   *     activations are rounded
   */
  protected double matmulNmse() {
    return activationsAreFloat() ? Tolerances.FLOAT_MATMUL_NMSE : Tolerances.QUANTIZED_MATMUL_NMSE;
  }

  /**
   * The limit for operations on single values, relative to a row's greatest magnitude.
   *
   * @return {@link Tolerances#ELEMENTWISE}
   */
  protected double elementwise() {
    return Tolerances.ELEMENTWISE;
  }

  /**
   * The limit for sums over a row, relative to its greatest magnitude.
   *
   * @return {@link Tolerances#REDUCTION}
   */
  protected double reduction() {
    return Tolerances.REDUCTION;
  }

  /**
   * The limit for attention, as NMSE.
   *
   * @param type how keys and values are kept
   * @return the limit of that name in {@link Tolerances}
   */
  protected double attentionNmse(CacheType type) {
    double limit =
        switch (type) {
          case F32 -> Tolerances.ATTENTION_F32_CACHE_NMSE;
          case F16 -> Tolerances.ATTENTION_F16_CACHE_NMSE;
          case Q8_0 -> Tolerances.ATTENTION_Q8_0_CACHE_NMSE;
        };
    return activationsAreFloat() ? limit : Math.max(limit, matmulNmse());
  }

  /**
   * The limit for the logits of a small model, as NMSE.
   *
   * @return {@link Tolerances#MODEL_NMSE}, or {@link Tolerances#QUANTIZED_MODEL_NMSE} where
   *     activations are rounded
   */
  protected double modelNmse() {
    return activationsAreFloat() ? Tolerances.MODEL_NMSE : Tolerances.QUANTIZED_MODEL_NMSE;
  }

  /**
   * The limit for the same tokens in other batches, as NMSE.
   *
   * @return {@link Tolerances#CONSISTENCY_NMSE}, or that of the model where activations are rounded
   */
  protected double consistencyNmse() {
    return activationsAreFloat() ? Tolerances.CONSISTENCY_NMSE : modelNmse();
  }

  @BeforeAll
  void open() {
    backend = openBackend();
  }

  @AfterAll
  void close() {
    backend.close();
  }

  /** The backend under test. */
  final Backend backend() {
    return backend;
  }

  /** Judges results. */
  interface Judge {
    void judge(String what, float[][] expected, float[][] actual, double limit);
  }

  /**
   * Runs a plan on the reference and on the backend under test, with an F32 cache, and compares.
   */
  final void check(String what, Graph graph, BatchPlan plan, Judge judge, double limit) {
    check(what, graph, plan, CacheType.F32, judge, limit);
  }

  /** Runs a plan on the reference and on the backend under test, and compares. */
  final void check(
      String what, Graph graph, BatchPlan plan, CacheType cache, Judge judge, double limit) {
    if (refuses(what, graph, plan.limits(cache))) {
      return;
    }
    float[][] actual = run(backend, graph, plan, cache);
    judge.judge(what, reference(graph, plan), actual, limit);
  }

  /** Whether the backend does not compute some operation of a graph; if so, it must say so. */
  final boolean refuses(String what, Graph graph, Limits limits) {
    boolean refuses = !graph.operations().stream().allMatch(this::supports);
    if (refuses) {
      assertThatThrownBy(() -> backend.compile(graph, limits, QUIET))
          .as(what)
          .isInstanceOf(UnsupportedModelException.class);
    }
    return refuses;
  }

  static float[][] reference(Graph graph, BatchPlan plan) {
    try (ReferenceBackend reference = new ReferenceBackend()) {
      return run(reference, graph, plan, CacheType.F32);
    }
  }

  static float[][] run(Backend backend, Graph graph, BatchPlan plan, CacheType cache) {
    try (Executable executable = backend.compile(graph, plan.limits(cache), QUIET)) {
      return plan.run(executable, graph.operations().getLast().output().width());
    }
  }

  /**
   * The judge for matrix products: each row and column where activations are exact, else all in
   * one.
   */
  final Judge matmul() {
    return activationsAreFloat() ? Accuracy::assertEachNmse : Accuracy::assertNmse;
  }

  /** A judge that allows what the last matrix product, which makes values visible, may add. */
  final Judge rowwise() {
    return activationsAreFloat()
        ? Accuracy::assertRelative
        : (what, expected, actual, limit) ->
            Accuracy.assertNmse(what, expected, actual, matmulNmse());
  }

  /**
   * An embedding table that strains kernels. Its outlier is smaller where activations are rounded,
   * since it takes the bits of the other values in its block.
   */
  final Tensor activations(RandomTensors random, int columns) {
    return random.activations(
        "token_embd.weight", VOCABULARY, columns, activationsAreFloat() ? 1_000 : 8);
  }

  /**
   * A batch of each of several sizes, the tokens running through the vocabulary, all logits wanted.
   */
  static BatchPlan rows(Graph graph, int... rows) {
    BatchPlan plan = new BatchPlan(graph, 1);
    int next = 0;
    for (int count : rows) {
      int from = next;
      int sequence =
          plan.sequence(IntStream.range(from, from + count).map(i -> i % VOCABULARY).toArray());
      plan.step(new Segment(sequence, 0, count, Wanted.ALL));
      next += count;
    }
    return plan;
  }

  /** Widths that a type's rows can have, among those at the edges of kernels. */
  static int[] widths(DataType type) {
    int[] widths =
        type.blockSize() == 1
            ? new int[] {1, 17, 32, 80, 100, 256, 288, 576}
            : new int[] {32, 64, 96, 192, 256, 288, 512, 576, 1_536};
    return IntStream.of(widths).filter(w -> w % type.blockSize() == 0).toArray();
  }
}

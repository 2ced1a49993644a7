// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark.growth;

import dev.coterie.CacheType;
import dev.coterie.LoadOptions;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Backends;
import dev.coterie.spi.Batch;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModel;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;

/** A random model on the CPU backend, with so many sequences of the same length in its cache. */
final class GrowthModel implements AutoCloseable {
  private static final int PREFILL_ROWS = 512;
  private static final int MOST_STEPS = 100_000;
  private static final long SEED = 1;

  private final ModelShape shape;
  private final Graph graph;
  private final Backend backend;
  private final Executable executable;
  private final Batch batch;
  private final int[][] blocks; // [sequences][blocks of a sequence]
  private final double cacheBytesPerToken;
  private final SplittableRandom random = new SplittableRandom(SEED);
  private int length;

  /**
   * Loads the model.
   *
   * @param shape its sizes
   * @param threads how many compute
   * @param sequences how many there are
   * @param contextTokens the most tokens of each
   */
  GrowthModel(ModelShape shape, int threads, int sequences, int contextTokens) {
    this.shape = shape;
    graph = new RandomModel(shape, SEED).graph();
    backend = Backends.choose("cpu").open(threads, Map.of());
    int each = Math.ceilDiv(contextTokens, Limits.BLOCK_TOKENS);
    int rows = Math.max(PREFILL_ROWS, sequences);
    Limits limits = new Limits(rows, sequences * each, CacheType.F16, sequences);
    cacheBytesPerToken = backend.estimate(graph, limits).cacheBytesPerToken();
    executable = backend.compile(graph, limits, new LoadMonitor(LoadOptions.DEFAULT));
    batch = new Batch(rows);
    blocks = new int[sequences][each];
    for (int i = 0; i < sequences; i++) {
      for (int j = 0; j < each; j++) {
        blocks[i][j] = i * each + j;
      }
    }
  }

  /** Computes random tokens until each sequence has so many. */
  void fill(int tokens) {
    while (length < tokens) {
      int count = Math.min(PREFILL_ROWS, tokens - length);
      for (int[] table : blocks) {
        batch.clear();
        batch.add(tokens(count), 0, count, length, table, false, false);
        executable.run(batch);
      }
      length += count;
    }
  }

  /**
   * Seconds of a step that computes one more token of each sequence, which a tenth of the steps did
   * not need: other programs only add. Always the same position, so that the context stays as long
   * as it is.
   */
  double stepSeconds(double seconds) {
    double[] times = new double[MOST_STEPS];
    int steps = 0;
    long start = System.nanoTime();
    do {
      batch.clear();
      for (int[] table : blocks) {
        batch.add(tokens(1), 0, 1, length, table, false, true);
      }
      long before = System.nanoTime();
      executable.run(batch);
      times[steps++] = (System.nanoTime() - before) / 1e9;
    } while (System.nanoTime() - start < seconds * 1e9 && steps < MOST_STEPS);
    Arrays.sort(times, 0, steps);
    return times[steps / 10];
  }

  private int[] tokens(int count) {
    return random.ints(count, 0, shape.vocabulary()).toArray();
  }

  /** Weights that a step reads once, as they lie in a file. */
  double weightBytes() {
    return graph.weightBytes();
  }

  double cacheBytesPerToken() {
    return cacheBytesPerToken;
  }

  /** Multiply-adds with weights for a token. */
  double macs() {
    return graph.flops() / 2.0;
  }

  @Override
  public void close() {
    executable.close();
    backend.close();
  }
}

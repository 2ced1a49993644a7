// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

import dev.coterie.CacheType;
import dev.coterie.LoadOptions;
import dev.coterie.engine.format.GgufFile;
import dev.coterie.engine.model.ModelArchitectures;
import dev.coterie.engine.tokenizer.Tokenizers;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Backends;
import dev.coterie.spi.Batch;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.Operation;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model on the CPU backend, in the fastest tier that the JVM's flags allow, with one sequence in
 * its cache. The model of {@link #FILE} if that is set, else a random one.
 */
final class BenchmarkModel implements AutoCloseable {
  /** The system property that names a GGUF file to measure. */
  static final String FILE = "coterie.benchmark.model";

  /** Eight layers and 30 million weights: more than the second-level caches hold. */
  private static final ModelShape SHAPE =
      new ModelShape("llama", 8, 512, 8, 4, 64, 1536, 4096, DataType.Q4_0, true);

  private static final long SEED = 1;

  private final @Nullable GgufFile file;
  private final Graph graph;
  private final Backend backend;
  private final Executable executable;
  private final Batch batch;
  private final int[] blocks;
  private final int[] tokens;
  private final int vocabulary;

  /**
   * Loads the model.
   *
   * @param contextTokens the most tokens of the sequence
   */
  BenchmarkModel(int contextTokens) {
    String path = System.getProperty(FILE, "");
    try {
      file = path.isEmpty() ? null : GgufFile.open(Path.of(path));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    graph = graph(file);
    vocabulary = vocabulary(graph);
    int numBlocks = Math.ceilDiv(contextTokens, Limits.BLOCK_TOKENS);
    backend = Backends.choose("cpu").open(0, Map.of());
    executable =
        backend.compile(
            graph,
            new Limits(contextTokens, numBlocks, CacheType.F16),
            new LoadMonitor(LoadOptions.DEFAULT));
    batch = new Batch(contextTokens);
    blocks = IntStream.range(0, numBlocks).toArray();
    tokens = new Random(SEED).ints(contextTokens, 0, vocabulary).toArray();
  }

  private static Graph graph(@Nullable GgufFile file) {
    if (file == null) {
      return new RandomModel(SHAPE, SEED).graph();
    }
    return ModelArchitectures.named(file.info().architecture())
        .graph(file, Tokenizers.fromGguf(file.metadata()).vocabularySize());
  }

  private static int vocabulary(Graph graph) {
    return graph.operations().stream()
        .mapToInt(o -> o instanceof Operation.Logits logits ? logits.weight().rows() : 0)
        .max()
        .orElseThrow();
  }

  /**
   * Computes some random tokens from a position on.
   *
   * @return the logits of the last, {@code [vocabulary]}
   */
  float[] prefill(int position, int count) {
    return run(tokens, position, count, position);
  }

  /**
   * Computes one token.
   *
   * @return the logits, {@code [vocabulary]}
   */
  float[] decode(int token, int position) {
    tokens[position] = token;
    return run(tokens, position, 1, position);
  }

  private float[] run(int[] source, int from, int count, int position) {
    batch.clear();
    batch.add(source, from, count, position, blocks, false, true);
    executable.run(batch);
    return batch.logits(vocabulary);
  }

  Graph graph() {
    return graph;
  }

  int vocabulary() {
    return vocabulary;
  }

  @Override
  public void close() {
    executable.close();
    backend.close();
    if (file != null) {
      file.close();
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.CacheType;
import dev.coterie.CoterieException;
import dev.coterie.LoadOptions;
import dev.coterie.MemoryPlan;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Batch;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences that are taken back, end and share, over compressors whose state is given up. */
class CompressionStateTest {
  private static final int TOKENS = Limits.BLOCK_TOKENS;
  private static final int LENGTH = 320;
  private static final int ROWS = 70;
  private static final int WIDTH = 2 * CompressedGraphs.SIZE;

  private final Backend backend = new CpuDevice().open(1, Map.of("tier", "scalar"));
  private final Batch batch = new Batch(ROWS);
  private final int[] tokens = tokens(1);

  @AfterEach
  void close() {
    backend.close();
  }

  private static int[] tokens(long seed) {
    return new SplittableRandom(seed).ints(LENGTH, 0, CompressedGraphs.VOCABULARY).toArray();
  }

  private static Graph graph(String ratios) {
    return CompressedGraphs.of(
        Arrays.stream(ratios.split(" ")).mapToInt(Integer::parseInt).toArray());
  }

  private Executable compile(Graph graph, int blocks, int sequences) {
    Limits limits = new Limits(ROWS, blocks, CacheType.F32, sequences);
    return backend.compile(graph, limits, new LoadMonitor(LoadOptions.DEFAULT));
  }

  private float[][] run(Executable executable, int[] source, int from, int count, int[] table) {
    batch.clear();
    batch.add(source, from, count, from, table, true, true);
    executable.run(batch);
    float[] logits = batch.logits(WIDTH);
    float[][] rows = new float[count][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(logits, i * WIDTH, (i + 1) * WIDTH));
    return rows;
  }

  /** Goes on up to a position, a token at a time, which always gives the same bits. */
  private float[][] step(Executable executable, int[] source, int from, int to, int[] table) {
    return IntStream.range(from, to)
        .mapToObj(position -> run(executable, source, position, 1, table)[0])
        .toArray(float[][]::new);
  }

  private float[][] whole(Graph graph, int[] source) {
    try (Executable executable = compile(graph, LENGTH / TOKENS, 1)) {
      return step(executable, source, 0, LENGTH, IntStream.range(0, LENGTH / TOKENS).toArray());
    }
  }

  private static int[] table(int... order) {
    return order;
  }

  private static int expected(int computed, int position, int anchor) {
    boolean late = position >= computed / TOKENS * TOKENS - TOKENS;
    return late ? position : position / anchor * anchor;
  }

  @ParameterizedTest
  @CsvSource({"4 128, 128", "0 4, 32", "128 0, 128", "2 48, 96", "32 64, 64", "0, 1"})
  void goesOnFromWhatIsPromised(String ratios, int anchor) {
    Graph graph = graph(ratios);
    float[][] whole = whole(graph, tokens);
    int[] wrong = tokens(2);
    int[] table = table(7, 3, 9, 0, 5, 1, 8, 2, 6, 4);
    try (Executable executable = compile(graph, 10, 1)) {
      for (int computed : new int[] {5, 32, 33, 64, 128, 129, 160, 193, 300}) {
        for (int back : new int[] {0, 1, 30, 33, 64, 100}) {
          for (int at = 0; at < computed; at += 64) {
            run(executable, at < 64 ? tokens : wrong, at, Math.min(64, computed - at), table);
          }
          int wanted = Math.max(0, computed - back);
          int from = executable.resumable(table, wanted);
          // long windows alone are kept from their first token on
          assertThat(from).isBetween(expected(computed, wanted, anchor), wanted);
          assertThat(ratios.contains("4") && from > expected(computed, wanted, anchor)).isFalse();
          // what was computed with other tokens has to be computed again
          int same = executable.resumable(table, Math.min(from, 64));
          int to = Math.min(LENGTH, computed + 9);
          assertThat(step(executable, tokens, same, to, table))
              .isEqualTo(Arrays.copyOfRange(whole, same, to));
        }
      }
    }
  }

  /** Drafts of all lengths, partly rejected, beside another sequence; ended ones are replaced. */
  @ParameterizedTest
  @CsvSource({"4 128, 1", "4 128, 2", "0 4, 3", "128, 4", "4 48, 5", "1 2 8 16 32, 6"})
  void draftsAreTakenBack(String ratios, long seed) {
    Graph graph = graph(ratios);
    float[][] whole = whole(graph, tokens);
    int[] other = tokens(3);
    float[][] otherWhole = whole(graph, other);
    SplittableRandom random = new SplittableRandom(seed);
    int[][] tables = {
      table(7, 3, 9, 0, 5, 1, 8, 2, 6, 4), table(17, 13, 19, 10, 15, 11, 18, 12, 16, 14)
    };
    int[] computed = {0, 0};
    try (Executable executable = compile(graph, 20, 2)) {
      for (int i = 0; i < 400; i++) {
        int which = random.nextInt(2);
        int from = computed[which];
        int[] source = which == 0 ? tokens : other;
        if (from == LENGTH || random.nextInt(100) == 0) {
          if (random.nextBoolean()) {
            executable.release(tables[which], 10);
          }
          int[] swapped = tables[0];
          tables[0] = tables[1];
          tables[1] = swapped;
          computed[0] = 0;
          computed[1] = 0;
          continue;
        }
        int[] draft = source.clone();
        int count = Math.min(LENGTH - from, 1 + random.nextInt(random.nextBoolean() ? 5 : ROWS));
        int right = random.nextInt(count + 1);
        for (int p = from + right; p < from + count; p++) {
          draft[p] = (draft[p] + 1) % CompressedGraphs.VOCABULARY;
        }
        float[][] rows = run(executable, draft, from, count, tables[which]);
        for (int r = 0; r < right; r++) {
          float[] all = (which == 0 ? whole : otherWhole)[from + r];
          assertThat(rows[r]).containsExactly(all, Offset.offset(1e-5f));
        }
        computed[which] = executable.resumable(tables[which], from + right);
      }
    }
  }

  @Test
  void goingOnFromALostStateIsRefused() {
    Graph graph = graph("4 128");
    float[][] whole = whole(graph, tokens);
    int[] table = table(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    try (Executable executable = compile(graph, 10, 1)) {
      step(executable, tokens, 0, 300, table);
      for (int[] lost : new int[][] {{255, 128}, {129, 128}, {100, 0}, {32, 0}}) {
        assertThatThrownBy(() -> run(executable, tokens, lost[0], 3, table))
            .isInstanceOf(IllegalStateException.class)
            .hasMessage(
                "batch: expected a segment to start where the state of its sequence is kept, found"
                    + " position "
                    + lost[0]
                    + "; start at "
                    + lost[1]);
      }
      assertThat(step(executable, tokens, 300, 301, table)[0]).isEqualTo(whole[300]);
      assertThat(step(executable, tokens, 128, 320, table))
          .isEqualTo(Arrays.copyOfRange(whole, 128, 320));
    }
  }

  @Test
  void whatABatchThatFailedWroteIsNotGoneOnFrom() {
    Graph graph = graph("4 128");
    float[][] whole = whole(graph, tokens);
    int[] table = table(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    try (Executable executable = compile(graph, 10, 1)) {
      step(executable, tokens, 0, 130, table);
      int[] bad = tokens.clone();
      bad[140] = Integer.MAX_VALUE;
      assertThatThrownBy(() -> run(executable, bad, 130, 60, table))
          .isInstanceOf(CoterieException.class);
      assertThat(executable.resumable(table, 190)).isEqualTo(128);
      assertThat(executable.resumable(table, 131)).isEqualTo(128);
      assertThat(step(executable, tokens, 130, 320, table))
          .isEqualTo(Arrays.copyOfRange(whole, 130, 320));
    }
  }

  /** Not even where the blocks have the state of a sequence before. */
  @Test
  void whatTheSameBatchComputesIsNotGoneOnFrom() {
    try (Executable executable = compile(graph("4"), 3, 2)) {
      step(executable, tokens(2), 0, 64, table(0, 1));
      batch.clear();
      batch.add(tokens, 0, 35, 0, table(0, 1), true, true);
      batch.add(tokens, 32, 5, 32, table(0, 2), true, true);
      assertThatThrownBy(() -> executable.run(batch))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageEndingWith("found position 32; start at 0");
    }
  }

  /** With or without a notice, nothing of the sequence before is seen. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void reusedBlocksStartClean(boolean released) {
    Graph graph = graph("4 128");
    float[][] whole = whole(graph, tokens);
    try (Executable executable = compile(graph, 10, 1)) {
      int[] first = table(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
      step(executable, tokens(2), 0, 320, first);
      long before = executable.memoryBytes();
      if (released) {
        executable.release(first, 10);
        assertThat(executable.resumable(first, 320)).isZero();
        assertThatThrownBy(() -> run(executable, tokens, 128, 1, first))
            .isInstanceOf(IllegalStateException.class);
      }
      int[] second = table(5, 9, 0, 3, 7, 2, 8, 1, 6, 4);
      assertThat(step(executable, tokens, 0, 320, second)).isEqualTo(whole);
      if (released) {
        assertThat(executable.memoryBytes()).isEqualTo(before);
      }
    }
  }

  /** As many layers of each kind as in a model of 8, sizes as in {@link CompressedGraphs}. */
  @Test
  void memoryIsWhatThePlanSays() {
    Graph graph = graph("0 4 128 4 128 4 128 4");
    int blocks = 512 / TOKENS;
    Limits limits = new Limits(64, blocks, CacheType.F32, 1);
    Map<String, Double> parts = new HashMap<>();
    MemoryPlan plan = backend.estimate(graph, limits);
    plan.cache().forEach(part -> parts.put(part.content(), part.bytesPerToken() * 512));
    int[] table = IntStream.range(0, blocks).toArray();
    int[] source = new SplittableRandom(4).ints(512, 0, CompressedGraphs.VOCABULARY).toArray();
    try (Executable executable =
        backend.compile(graph, limits, new LoadMonitor(LoadOptions.DEFAULT))) {
      int from = 0;
      for (int rows : new int[] {31, 64, 32, 64, 64, 64, 64, 63, 64, 1, 1}) { // 127 to 191
        run(executable, source, from, rows, table);
        from += rows;
      }
      assertThat(from).isEqualTo(512);
      long full = executable.memoryBytes();
      // ends of blocks: as many sequences might have theirs where there are no anchors
      assertThat(plan.totalBytes() - full).isBetween(0L, 3 * 4096L);
    }
    double tokens =
        parts.get("tokens that go into compressed entries of 4 tokens")
            + parts.get("tokens that go into index entries of 4 tokens")
            + parts.get("tokens that go into compressed entries of 128 tokens");
    int widths = 4 * 2 * (CompressedGraphs.SIZE + CompressedGraphs.INDEX_SIZE);
    double all = 2.0 * Float.BYTES * (widths + 3 * CompressedGraphs.SIZE) * 512;
    assertThat(tokens).isLessThan(all * 0.3);
  }
}

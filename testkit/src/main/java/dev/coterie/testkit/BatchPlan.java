// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.CacheType;
import dev.coterie.spi.Batch;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A list of batches to run through executables: which sequences advance in each, by how many
 * tokens, and which rows' logits are wanted. Block tables are permuted, never contiguous.
 */
public final class BatchPlan {
  /** Blocks that no sequence uses, so that the numbers of used ones have gaps. */
  private static final int SPARE_BLOCKS = 3;

  private final SplittableRandom random;
  private final int vocabulary;
  private final List<Sequence> sequences = new ArrayList<>();
  private final List<List<Segment>> steps = new ArrayList<>();
  private int numBlocks;

  /** Whose logits a segment wants. */
  public enum Wanted {
    /** None. */
    NONE,
    /** The last row's. */
    LAST,
    /** Every row's. */
    ALL
  }

  /** A sequence's tokens and, per block of its positions, an index into the shuffled blocks. */
  private record Sequence(int[] tokens, int[] blocks) {}

  /**
   * Consecutive tokens of a sequence.
   *
   * @param sequence which sequence, a number that the plan gave
   * @param from the first position
   * @param count how many tokens
   * @param wanted whose logits are wanted
   */
  public record Segment(int sequence, int from, int count, Wanted wanted) {}

  /**
   * An empty plan.
   *
   * @param graph tells the vocabulary
   * @param seed for tokens and block numbers
   */
  public BatchPlan(Graph graph, long seed) {
    random = new SplittableRandom(seed);
    vocabulary =
        graph.operations().stream()
            .mapToInt(o -> o instanceof Operation.Embed e ? e.table().rows() : Integer.MAX_VALUE)
            .min()
            .orElseThrow();
  }

  /**
   * Adds a sequence of random tokens with blocks of its own.
   *
   * @param length its number of tokens
   * @return its number
   */
  public int sequence(int length) {
    return sequence(random.ints(length, 0, vocabulary).toArray());
  }

  /**
   * Adds a sequence with blocks of its own.
   *
   * @param tokens its tokens
   * @return its number
   */
  public int sequence(int... tokens) {
    int[] blocks = new int[(tokens.length + Limits.BLOCK_TOKENS - 1) / Limits.BLOCK_TOKENS];
    Arrays.setAll(blocks, i -> numBlocks++);
    sequences.add(new Sequence(tokens, blocks));
    return sequences.size() - 1;
  }

  /**
   * Adds a sequence that begins as another does and shares the cache of that part.
   *
   * @param other the other sequence
   * @param shared how many tokens they share, a whole number of blocks
   * @param length its number of tokens
   * @return its number
   */
  public int fork(int other, int shared, int length) {
    int number = sequence(length);
    Sequence from = sequences.get(other);
    Sequence to = sequences.get(number);
    System.arraycopy(from.tokens(), 0, to.tokens(), 0, shared);
    System.arraycopy(from.blocks(), 0, to.blocks(), 0, shared / Limits.BLOCK_TOKENS);
    return number;
  }

  /**
   * Adds a sequence that takes over the blocks of another, which does not run any more.
   *
   * @param other the other sequence
   * @param length its number of tokens, no more than the other's
   * @return its number
   */
  public int reuse(int other, int length) {
    int[] tokens = random.ints(length, 0, vocabulary).toArray();
    sequences.add(new Sequence(tokens, sequences.get(other).blocks()));
    return sequences.size() - 1;
  }

  /**
   * Adds a batch.
   *
   * @param segments its segments, in order
   * @return this
   */
  public BatchPlan step(Segment... segments) {
    steps.add(List.of(segments));
    return this;
  }

  /**
   * Adds a batch for each run of tokens of one sequence.
   *
   * @param sequence the sequence
   * @param wanted whose logits are wanted
   * @param counts how many tokens each batch takes, from position 0 on
   * @return this
   */
  public BatchPlan chunks(int sequence, Wanted wanted, int... counts) {
    int from = 0;
    for (int count : counts) {
      step(new Segment(sequence, from, count, wanted));
      from += count;
    }
    return this;
  }

  /**
   * Limits that just fit the plan.
   *
   * @param cacheType how keys and values are kept
   * @return the limits
   */
  public Limits limits(CacheType cacheType) {
    int maxRows =
        steps.stream()
            .mapToInt(step -> step.stream().mapToInt(Segment::count).sum())
            .max()
            .orElse(1);
    return new Limits(maxRows, numBlocks + SPARE_BLOCKS, cacheType);
  }

  /**
   * Runs all batches.
   *
   * @param executable what runs them
   * @param vocabulary the number of logits a row
   * @return the wanted rows' logits, in order: {@code [rows, vocabulary]}
   */
  public float[][] run(Executable executable, int vocabulary) {
    int[] blocks = shuffledBlocks();
    Batch batch = new Batch(limits(CacheType.F32).maxRows());
    List<float[]> rows = new ArrayList<>();
    for (List<Segment> step : steps) {
      batch.clear();
      for (Segment segment : step) {
        Sequence sequence = sequences.get(segment.sequence());
        batch.add(
            sequence.tokens(),
            segment.from(),
            segment.count(),
            segment.from(),
            Arrays.stream(sequence.blocks()).map(i -> blocks[i]).toArray(),
            segment.wanted() == Wanted.ALL,
            segment.wanted() == Wanted.LAST);
      }
      executable.run(batch);
      float[] logits = batch.logits(vocabulary);
      for (int i = 0; i < batch.numLogits(); i++) {
        rows.add(Arrays.copyOfRange(logits, i * vocabulary, (i + 1) * vocabulary));
      }
    }
    return rows.toArray(float[][]::new);
  }

  private int[] shuffledBlocks() {
    int[] blocks = new int[numBlocks + SPARE_BLOCKS];
    Arrays.setAll(blocks, i -> i);
    SplittableRandom shuffle = new SplittableRandom(numBlocks);
    for (int i = blocks.length - 1; i > 0; i--) {
      int j = shuffle.nextInt(i + 1);
      int swapped = blocks[i];
      blocks[i] = blocks[j];
      blocks[j] = swapped;
    }
    return blocks;
  }
}

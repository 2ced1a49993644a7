// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.GenerationOptions;
import dev.coterie.engine.sampling.Sampler;
import dev.coterie.engine.sampling.SamplingBuffers;
import dev.coterie.spi.Batch;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Limits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A "model" whose logits are a pure function of the tokens that it finds in the cache blocks of a
 * sequence. A wrong position, row, segment or block, or two sequences in one block, changes what it
 * says or fails its checks.
 */
final class ToyExecutable implements Executable {
  static final int VOCABULARY = 61;
  static final int WIDTH = 5;

  private final int maxRows;
  private final int[] cachedTokens;
  private final int[] cachedPositions;
  private final AtomicBoolean running = new AtomicBoolean();
  private volatile Consumer<Batch> before = batch -> {};
  private volatile int poison = -1;
  final AtomicInteger steps = new AtomicInteger();
  final Set<Integer> held = ConcurrentHashMap.newKeySet(); // blocks written and not released

  ToyExecutable(int maxRows, int cacheBlocks) {
    this.maxRows = maxRows;
    cachedTokens = new int[cacheBlocks * Limits.BLOCK_TOKENS];
    cachedPositions = new int[cacheBlocks * Limits.BLOCK_TOKENS];
  }

  /** Does something before each step, such as waiting or throwing. */
  void before(Consumer<Batch> action) {
    before = action;
  }

  /** Makes the logits after this token NaN. */
  void poison(int token) {
    poison = token;
  }

  @Override
  public void run(Batch batch) {
    check(running.compareAndSet(false, true), "two threads run at once");
    try {
      steps.incrementAndGet();
      before.accept(batch);
      checkSegments(batch);
      int index = 0;
      float[] logits = batch.logits(VOCABULARY);
      for (int row = 0; row < batch.numRows(); row++) {
        int[] table = batch.blockTable(batch.segmentOf(row));
        int position = batch.position(row);
        int slot = slot(table, position);
        cachedTokens[slot] = batch.token(row);
        cachedPositions[slot] = position;
        held.add(slot / Limits.BLOCK_TOKENS);
        hidden(hash(table, position), batch.hidden(WIDTH), row * WIDTH);
        if (index < batch.numLogits() && batch.logitRow(index) == row) {
          logits(hash(table, position), logits, index++ * VOCABULARY);
          if (batch.token(row) == poison) {
            logits[index * VOCABULARY - 1] = Float.NaN;
          }
        }
      }
      check(index == batch.numLogits(), "not all logits were made");
    } finally {
      running.set(false);
    }
  }

  /** What a sequence still uses must not be told to be free. */
  @Override
  public void release(int[] blocks, int count) {
    check(!running.get(), "blocks are released during a run");
    for (int i = 0; i < count; i++) {
      int from = blocks[i] * Limits.BLOCK_TOKENS;
      Arrays.fill(cachedPositions, from, from + Limits.BLOCK_TOKENS, -1);
      held.remove(blocks[i]);
    }
  }

  private void checkSegments(Batch batch) {
    check(batch.numRows() >= 1 && batch.numRows() <= maxRows, "rows: " + batch.numRows());
    Set<Integer> blocks = new HashSet<>();
    for (int s = 0; s < batch.numSegments(); s++) {
      int first = batch.segmentStart(s);
      int last = batch.segmentStart(s + 1) - 1;
      for (int row = first; row <= last; row++) {
        check(batch.segmentOf(row) == s, "segment of row " + row);
        check(batch.position(row) == batch.position(first) + row - first, "positions");
      }
      for (int b = 0; b <= batch.position(last) / Limits.BLOCK_TOKENS; b++) {
        check(blocks.add(batch.blockTable(s)[b]), "a block is used twice");
      }
    }
  }

  private static int slot(int[] table, int position) {
    return table[position / Limits.BLOCK_TOKENS] * Limits.BLOCK_TOKENS
        + position % Limits.BLOCK_TOKENS;
  }

  private long hash(int[] table, int position) {
    long hash = 0;
    for (int p = 0; p <= position; p++) {
      int slot = slot(table, p);
      check(cachedPositions[slot] == p, "position " + p + " is not in its place");
      hash = mix(hash + cachedTokens[slot]);
    }
    return hash;
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private static long mix(long z) {
    long y = (z + 1) * 0x9e3779b97f4a7c15L;
    return y ^ (y >>> 29);
  }

  private static void logits(long hash, float[] out, int offset) {
    for (int id = 0; id < VOCABULARY; id++) {
      out[offset + id] = (mix(hash ^ (id * 0x632be59bd9b4e019L)) >>> 40) * 0x1p-21f - 4;
    }
  }

  private static void hidden(long hash, float[] out, int offset) {
    for (int i = 0; i < WIDTH; i++) {
      out[offset + i] = (mix(hash ^ (i * 0x2545f4914f6cdd1dL)) >>> 40) * 0x1p-23f - 1;
    }
  }

  /** The hidden state of the last of some tokens. */
  static float[] hidden(int[] tokens, int length) {
    float[] hidden = new float[WIDTH];
    hidden(hashOf(tokens, length), hidden, 0);
    return hidden;
  }

  private static long hashOf(int[] tokens, int length) {
    long hash = 0;
    for (int i = 0; i < length; i++) {
      hash = mix(hash + tokens[i]);
    }
    return hash;
  }

  /** The logits that follow some tokens. */
  static float[] logits(int[] tokens, int length) {
    float[] logits = new float[VOCABULARY];
    logits(hashOf(tokens, length), logits, 0);
    return logits;
  }

  /** What a request gives when nothing else goes on, worked out without loop, cache or batch. */
  static List<Integer> alone(
      int[] prompt, GenerationOptions options, Set<Integer> end, int context) {
    Sampler sampler = new Sampler(options, prompt, new SamplingBuffers());
    int[] tokens = Arrays.copyOf(prompt, context);
    List<Integer> answer = new ArrayList<>();
    for (int length = prompt.length;
        answer.size() < options.maxTokens() && length < context;
        length++) {
      int id = sampler.next(logits(tokens, length), 0, VOCABULARY);
      tokens[length] = id;
      answer.add(id);
      if (end.contains(id)) {
        break;
      }
    }
    return answer;
  }

  @Override
  public long memoryBytes() {
    return 0;
  }

  @Override
  public void close() {}
}

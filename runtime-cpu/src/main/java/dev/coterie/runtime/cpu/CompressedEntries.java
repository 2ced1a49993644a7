// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation.Compressor;
import java.util.Arrays;

/**
 * The compressed entries of one layer (DeepSeek-V4), and what they are made from. Both belong to
 * cache blocks: values and gates to that of their token, an entry to that of its window's last
 * token.
 */
final class CompressedEntries {
  private static final int TOKENS = Limits.BLOCK_TOKENS;
  private static final float[] NONE = {};

  private final int ratio;
  private final int size;
  private final int width; // of values and gates: size, or twice that
  private final int slots; // entries that a block may hold
  private final float epsilon;
  private final float[] bias; // [ratio, width]
  private final float[] norm; // [size]
  private final float[] frequencies;
  private final float[][] pending; // by block: [32 tokens, values and gates]
  private final float[][] entries; // by block: [slots, size]
  private long bytes;

  CompressedEntries(Compressor compressor, float[] bias, float[] norm, int maxBlocks) {
    ratio = compressor.ratio();
    size = compressor.size();
    width = compressor.values().width();
    slots = slots(ratio);
    epsilon = compressor.epsilon();
    frequencies = compressor.frequencies();
    this.bias = bias;
    this.norm = norm;
    pending = new float[maxBlocks][];
    entries = new float[maxBlocks][];
    Arrays.fill(pending, NONE);
    Arrays.fill(entries, NONE);
  }

  private static int slots(int ratio) {
    return Math.max(1, TOKENS / ratio);
  }

  /** The bytes of a block's entries, and of the tokens that they are made from. */
  static long blockBytes(Compressor compressor) {
    long tokens = (long) TOKENS * 2 * compressor.values().width();
    return Float.BYTES * (tokens + (long) slots(compressor.ratio()) * compressor.size());
  }

  /** What the blocks that were written take. */
  synchronized long bytes() {
    return bytes;
  }

  int size() {
    return size;
  }

  /** How many entries are there when the token at a position is. */
  int count(int position) {
    return (position + 1) / ratio;
  }

  /** Whether the token at a position is the last of its window. */
  boolean completes(int position) {
    return (position + 1) % ratio == 0;
  }

  /** Keeps what a token adds to its window. */
  void store(int[] table, int position, float[] values, int v, float[] gates, int g) {
    float[] room = room(table[position / TOKENS]);
    int at = position % TOKENS * 2 * width;
    int from = position % ratio * width;
    for (int i = 0; i < width; i++) {
      room[at + i] = values[v + i];
      room[at + width + i] = gates[g + i] + bias[from + i];
    }
  }

  private synchronized float[] room(int block) {
    float[] room = pending[block];
    if (room.length == 0) {
      room = new float[TOKENS * 2 * width];
      pending[block] = room;
      entries[block] = new float[slots * size];
      bytes += (long) Float.BYTES * (room.length + entries[block].length);
    }
    return room;
  }

  private static float[] required(float[][] rooms, int block) {
    float[] room = rooms[block];
    if (room.length == 0) {
      throw new IllegalStateException("cache block " + block + " is read before it is written");
    }
    return room;
  }

  /** Makes the entry of the window that the token at a position completes. */
  void compress(int[] table, int position) {
    int first = position + 1 - ratio;
    float[] room = required(entries, table[position / TOKENS]);
    int to = slot(position) * size;
    boolean overlaps = width > size;
    for (int c = 0; c < size; c++) {
      float most = Float.NEGATIVE_INFINITY;
      double total = 0;
      double sum = 0;
      // the second halves of this window; before them the first halves of the one before
      for (int t = overlaps ? Math.max(0, first - ratio) : first; t <= position; t++) {
        int channel = overlaps && t >= first ? size + c : c;
        float[] token = required(pending, table[t / TOKENS]);
        int at = t % TOKENS * 2 * width + channel;
        float gate = token[at + width];
        if (gate > most) {
          double factor = Math.exp(most - gate);
          total *= factor;
          sum *= factor;
          most = gate;
        }
        double weight = Math.exp(gate - most);
        total += weight;
        sum += weight * token[at];
      }
      room[to + c] = (float) (sum / total);
    }
    normAndRotate(room, to, first);
  }

  private void normAndRotate(float[] entry, int at, int position) {
    double squares = 0;
    for (int i = 0; i < size; i++) {
      squares += (double) entry[at + i] * entry[at + i];
    }
    float factor = (float) (1 / Math.sqrt(squares / size + epsilon));
    for (int i = 0; i < size; i++) {
      entry[at + i] *= factor * norm[i];
    }
    int from = at + size - 2 * frequencies.length;
    for (int i = 0; i < frequencies.length; i++) {
      double angle = (double) position * frequencies[i];
      float cos = (float) Math.cos(angle);
      float sin = (float) Math.sin(angle);
      float a = entry[from + 2 * i];
      float b = entry[from + 2 * i + 1];
      entry[from + 2 * i] = a * cos - b * sin;
      entry[from + 2 * i + 1] = b * cos + a * sin;
    }
  }

  private int slot(int position) {
    return position % TOKENS / ratio;
  }

  /** The block's array that holds an entry, which begins at {@link #offset}. */
  float[] array(int[] table, int entry) {
    return required(entries, table[last(entry) / TOKENS]);
  }

  int offset(int entry) {
    return slot(last(entry)) * size;
  }

  private int last(int entry) {
    return (entry + 1) * ratio - 1;
  }
}

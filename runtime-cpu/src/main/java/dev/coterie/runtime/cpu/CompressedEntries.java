// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation.Compressor;
import java.util.Arrays;

/**
 * The compressed entries of one layer (DeepSeek-V4), and what is kept of the tokens that they are
 * made from. Both belong to cache blocks, an entry to that of its window's last token; {@link
 * WindowState} says which blocks keep what.
 */
final class CompressedEntries {
  private static final int TOKENS = Limits.BLOCK_TOKENS;

  private final int ratio;
  private final int size;
  private final int width; // of values and gates: size, or twice that
  private final boolean overlaps;
  private final float epsilon;
  private final float[] bias; // [ratio, width]
  private final float[] norm; // [size]
  private final float[] frequencies;
  private final Buffer values;
  private final Buffer gates;
  private final WindowState state;
  private float[][] tokens = {}; // by slot: [32 tokens, values and gates]
  private float[][] ends = {}; // by slot: [ratio tokens, first halves of values and gates]
  private float[][] entries = {}; // by slot: [entries of a block, size]
  private long bytes;

  CompressedEntries(
      Compressor compressor,
      float[] bias,
      float[] norm,
      Buffer values,
      Buffer gates,
      WindowState state) {
    ratio = compressor.ratio();
    size = compressor.size();
    width = compressor.values().width();
    overlaps = compressor.overlaps();
    epsilon = compressor.epsilon();
    frequencies = compressor.frequencies();
    this.bias = bias;
    this.norm = norm;
    this.values = values;
    this.gates = gates;
    this.state = state;
  }

  /** The most bytes of entries. */
  static long entryBytes(Compressor compressor, CompressionWindows windows, Limits limits) {
    return (long) Float.BYTES * windows.entries() * compressor.size() * windows.entryBlocks(limits);
  }

  /** The most bytes of what is kept of tokens. */
  static long tokenBytes(Compressor compressor, CompressionWindows windows, Limits limits) {
    long token = 2L * Float.BYTES * compressor.values().width();
    long first = 2L * Float.BYTES * compressor.size();
    return token * TOKENS * windows.tokenBlocks(limits)
        + first * compressor.ratio() * windows.endBlocks(limits);
  }

  /** What the blocks that were written take. */
  long bytes() {
    return bytes;
  }

  int size() {
    return size;
  }

  /** How many entries are there when the token at a position is. */
  int count(int position) {
    return (position + 1) / ratio;
  }

  /** Gives slots that are new their room. By one thread, before others write. */
  void allot() {
    tokens = grow(tokens, state.tokens(), TOKENS * 2 * width);
    ends = grow(ends, state.ends(), ratio * 2 * size);
    entries = grow(entries, state.entries(), state.windows().entries() * size);
  }

  private float[][] grow(float[][] rooms, BlockSlots slots, int length) {
    int old = rooms.length;
    if (slots.size() == old) {
      return rooms;
    }
    float[][] grown = Arrays.copyOf(rooms, slots.size());
    for (int slot = old; slot < grown.length; slot++) {
      grown[slot] = new float[length];
    }
    bytes += (long) Float.BYTES * length * (grown.length - old);
    return grown;
  }

  private static float[] room(float[][] rooms, BlockSlots slots, int block) {
    int slot = slots.slot(block);
    if (slot < 0) {
      throw new IllegalStateException("cache block " + block + " is read before it is written");
    }
    return rooms[slot];
  }

  /** Makes the entry that a row completes, and keeps what later ones need of the row. */
  void take(Batch batch, int row) {
    int segment = batch.segmentOf(row);
    int[] table = batch.blockTable(segment);
    int position = batch.position(row);
    int first = batch.segmentStart(segment);
    int start = batch.position(first);
    if ((position + 1) % ratio == 0) {
      compress(table, position, start, first);
    }
    int block = table[position / TOKENS];
    if (state.tokens().has(block)) {
      float[] room = room(tokens, state.tokens(), block);
      copy(row, position, width, room, position % TOKENS * 2 * width);
    }
    if ((position + 1) % TOKENS == 0 && state.ends().has(block)) {
      keepEnd(block, position, start, first);
    }
  }

  /** Writes the first values of a row, then as many gates. */
  private void copy(int row, int position, int count, float[] to, int at) {
    int from = position % ratio * width;
    for (int i = 0; i < count; i++) {
      to[at + i] = values.data[row * values.stride + i];
      to[at + count + i] = gates.data[row * gates.stride + i] + bias[from + i];
    }
  }

  private void keepEnd(int block, int position, int start, int firstRow) {
    float[] room = room(ends, state.ends(), block);
    for (int i = 0; i < ratio; i++) {
      int t = position + 1 - ratio + i;
      int at = i * 2 * size;
      if (t >= start) {
        copy(firstRow + t - start, t, size, room, at);
      } else {
        float[] kept = room(tokens, state.tokens(), block);
        int from = t % TOKENS * 2 * width;
        System.arraycopy(kept, from, room, at, size);
        System.arraycopy(kept, from + width, room, at + size, size);
      }
    }
  }

  /**
   * Makes the entry of the window that the token at a position completes.
   *
   * @param start the first position of the segment; what was before it is kept
   * @param firstRow that position's row
   */
  private void compress(int[] table, int position, int start, int firstRow) {
    int first = position + 1 - ratio;
    int begin = overlaps ? Math.max(0, first - ratio) : first;
    float[] entry = room(entries, state.entries(), table[position / TOKENS]);
    int to = slot(position) * size;
    for (int c = 0; c < size; c++) {
      float most = Float.NEGATIVE_INFINITY;
      double total = 0;
      double sum = 0;
      // the second halves of this window; before them the first halves of the one before
      for (int t = begin; t <= position; t++) {
        int channel = overlaps && t >= first ? size + c : c;
        float value;
        float gate;
        if (t >= start) {
          int row = firstRow + t - start;
          value = values.data[row * values.stride + channel];
          gate = gates.data[row * gates.stride + channel] + bias[t % ratio * width + channel];
        } else if (overlaps && t / TOKENS < start / TOKENS) {
          float[] room = room(ends, state.ends(), table[t / TOKENS]);
          value = room[t % ratio * 2 * size + channel];
          gate = room[t % ratio * 2 * size + size + channel];
        } else {
          float[] room = room(tokens, state.tokens(), table[t / TOKENS]);
          value = room[t % TOKENS * 2 * width + channel];
          gate = room[t % TOKENS * 2 * width + width + channel];
        }
        if (gate > most) {
          double factor = Math.exp(most - gate);
          total *= factor;
          sum *= factor;
          most = gate;
        }
        double weight = Math.exp(gate - most);
        total += weight;
        sum += weight * value;
      }
      entry[to + c] = (float) (sum / total);
    }
    normAndRotate(entry, to, first);
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
    return room(entries, state.entries(), table[last(entry) / TOKENS]);
  }

  int offset(int entry) {
    return slot(last(entry)) * size;
  }

  private int last(int entry) {
    return (entry + 1) * ratio - 1;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.CacheType;
import dev.coterie.foreign.SystemMemory;
import dev.coterie.spi.Limits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of past tokens, in blocks of {@link Limits#BLOCK_TOKENS} tokens. A block's memory
 * is allotted when the block is first written.
 *
 * <p>Within a block, for each layer and head, keys lie as {@code [headSize, 32 tokens]} and values
 * as {@code [headSize / 32, 32 tokens, 32]} (the last part filled up), so that scores and sums are
 * products with panels of 32 columns. Q8_0 puts half-precision scales {@code [headSize / 32, 32
 * tokens]} before the bytes.
 */
public final class PagedCache {
  /** Stands where there is no cache. */
  static final PagedCache NONE = new PagedCache(new Shape[0], CacheType.F32, 0, Arena.global());

  /** The columns of a panel. */
  public static final int PANEL = 32;

  private static final int TOKENS = Limits.BLOCK_TOKENS;

  /** Kernels load bytes eight at a time, even where they use four. */
  private static final int OVERREAD = 4;

  private static final long LINE = 64;

  /** Blocks lie in huge pages; what is not written yet is not taken from the system. */
  private static final long SLAB_BYTES = 16 << 20;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
  private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT;
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  /**
   * What a layer keeps.
   *
   * @param heads key and value heads
   * @param keySize values a key
   * @param valueSize values a value; 0 where values are read from the keys
   * @param indexSize values an index key; 0 for no indexer
   */
  record Shape(int heads, int keySize, int valueSize, int indexSize) {}

  private final Shape[] shapes;
  private final CacheType type;
  private final Arena arena;
  private final long[] layerOffset;
  private final @Nullable MemorySegment[] blocks;
  private final long blockBytes;
  private MemorySegment slab = MemorySegment.NULL; // for blocks to come
  private long bytes;

  PagedCache(Shape[] shapes, CacheType type, int maxBlocks, Arena arena) {
    this.shapes = shapes;
    this.type = type;
    this.arena = arena;
    blocks = new MemorySegment[maxBlocks];
    layerOffset = new long[shapes.length];
    long offset = 0;
    for (int layer = 0; layer < shapes.length; layer++) {
      layerOffset[layer] = offset;
      offset += layerBytes(layer) + indexBytes(layer);
    }
    blockBytes = offset;
  }

  /** The bytes of a layer's keys and values in a block. */
  long layerBytes(int layer) {
    Shape shape = shapes[layer];
    return shape.heads() * (keyBytes(shape.keySize()) + valueBytes(shape.valueSize()));
  }

  /** The bytes of a layer's index keys in a block. */
  long indexBytes(int layer) {
    return keyBytes(shapes[layer].indexSize());
  }

  public CacheType type() {
    return type;
  }

  /** The memory of a block that was written before. */
  public MemorySegment block(int number) {
    MemorySegment block = blocks[number];
    if (block == null) {
      throw new IllegalStateException("cache block " + number + " is read before it is written");
    }
    return block;
  }

  /** Gives a block its memory if it has none. By one thread, before others write. */
  void allot(int number) {
    if (blocks[number] != null) {
      return;
    }
    long size = Math.ceilDiv(blockBytes + OVERREAD, LINE) * LINE;
    if (slab.byteSize() < size) {
      boolean untouched = SystemMemory.instance().pageSize().isPresent();
      long count = untouched ? Math.clamp(SLAB_BYTES / size, 1, blocks.length) : 1;
      slab = SystemMemory.instance().allocate(count * size, arena);
    }
    blocks[number] = slab.asSlice(0, size);
    slab = slab.asSlice(size);
    bytes += blockBytes;
  }

  long bytes() {
    return bytes;
  }

  long blockBytes() {
    return blockBytes;
  }

  /** Whether a layer has values of its own. */
  public boolean hasValues(int layer) {
    return shapes[layer].valueSize() > 0;
  }

  /** Where in a block a head's keys begin. */
  public long keyOffset(int layer, int head) {
    return layerOffset[layer] + head * keyBytes(shapes[layer].keySize());
  }

  /** Where in a block a head's values begin. */
  public long valueOffset(int layer, int head) {
    Shape shape = shapes[layer];
    return layerOffset[layer]
        + shape.heads() * keyBytes(shape.keySize())
        + head * valueBytes(shape.valueSize());
  }

  /** Where in a block the index keys begin. */
  public long indexOffset(int layer) {
    return valueOffset(layer, shapes[layer].heads());
  }

  private static int parts(int size) {
    return Math.ceilDiv(size, PANEL);
  }

  private long keyBytes(int size) {
    return switch (type) {
      case F32 -> 4L * TOKENS * size;
      case F16 -> 2L * TOKENS * size;
      case Q8_0 -> TOKENS * (2L * parts(size) + size);
    };
  }

  private long valueBytes(int size) {
    long columns = (long) parts(size) * PANEL;
    return switch (type) {
      case F32 -> 4 * TOKENS * columns;
      case F16 -> 2 * TOKENS * columns;
      case Q8_0 -> TOKENS * (2L * parts(size) + columns);
    };
  }

  /**
   * Writes the key of one token.
   *
   * @param at where in the block the keys begin
   */
  void writeKey(MemorySegment block, long at, int token, float[] key, int from, int size) {
    switch (type) {
      case F32 -> {
        for (int i = 0; i < size; i++) {
          block.set(FLOAT, at + 4L * (i * TOKENS + token), key[from + i]);
        }
      }
      case F16 -> {
        for (int i = 0; i < size; i++) {
          block.set(HALF, at + 2L * (i * TOKENS + token), half(key[from + i]));
        }
      }
      case Q8_0 -> {
        long codes = at + 2L * parts(size) * TOKENS;
        for (int part = 0; part < parts(size); part++) {
          int first = part * PANEL;
          int last = Math.min(first + PANEL, size);
          float scale = scale(key, from, first, last);
          block.set(HALF, at + 2L * (part * TOKENS + token), half(scale));
          for (int i = first; i < last; i++) {
            block.set(BYTE, codes + (long) i * TOKENS + token, code(key[from + i], scale));
          }
        }
      }
    }
  }

  /**
   * Writes the value of one token.
   *
   * @param at where in the block the values begin
   */
  void writeValue(MemorySegment block, long at, int token, float[] value, int from, int size) {
    switch (type) {
      case F32 -> {
        for (int i = 0; i < size; i++) {
          block.set(FLOAT, at + 4L * place(i, token), value[from + i]);
        }
      }
      case F16 -> {
        for (int i = 0; i < size; i++) {
          block.set(HALF, at + 2L * place(i, token), half(value[from + i]));
        }
      }
      case Q8_0 -> {
        long codes = at + 2L * parts(size) * TOKENS;
        for (int part = 0; part < parts(size); part++) {
          int first = part * PANEL;
          int last = Math.min(first + PANEL, size);
          float scale = scale(value, from, first, last);
          block.set(HALF, at + 2L * (part * TOKENS + token), half(scale));
          for (int i = first; i < last; i++) {
            block.set(BYTE, codes + place(i, token), code(value[from + i], scale));
          }
        }
      }
    }
  }

  private static int place(int i, int token) {
    return (i / PANEL * TOKENS + token) * PANEL + i % PANEL;
  }

  /** Half precision; what is too large becomes the largest. */
  private static short half(float x) {
    return Float.floatToFloat16(Math.max(-65504f, Math.min(65504f, x)));
  }

  /** The scale of a stretch of values, already rounded to half precision. */
  private static float scale(float[] x, int offset, int from, int to) {
    float most = 0;
    for (int i = from; i < to; i++) {
      most = Math.max(most, Math.abs(x[offset + i]));
    }
    return Float.float16ToFloat(half(most / 127));
  }

  private static byte code(float x, float scale) {
    return scale == 0 ? 0 : (byte) Math.clamp(Math.round(x / scale), -127, 127);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.CacheType;
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
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
  private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT;
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  /** What a layer keeps: {@code heads} keys and values of {@code headSize} each. */
  record Shape(int heads, int headSize) {
    int parts() {
      return (headSize + PANEL - 1) / PANEL;
    }
  }

  private final Shape[] shapes;
  private final CacheType type;
  private final Arena arena;
  private final long[] layerOffset;
  private final @Nullable MemorySegment[] blocks;
  private final long blockBytes;
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
      offset += shapes[layer].heads() * (keyBytes(layer) + valueBytes(layer));
    }
    blockBytes = offset;
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
    if (blocks[number] == null) {
      blocks[number] = arena.allocate(Math.max(blockBytes, 1), 64);
      bytes += blockBytes;
    }
  }

  long bytes() {
    return bytes;
  }

  /** Where in a block a head's keys begin. */
  public long keyOffset(int layer, int head) {
    return layerOffset[layer] + head * keyBytes(layer);
  }

  /** Where in a block a head's values begin. */
  public long valueOffset(int layer, int head) {
    return layerOffset[layer] + shapes[layer].heads() * keyBytes(layer) + head * valueBytes(layer);
  }

  private long keyBytes(int layer) {
    Shape shape = shapes[layer];
    return switch (type) {
      case F32 -> 4L * TOKENS * shape.headSize();
      case F16 -> 2L * TOKENS * shape.headSize();
      case Q8_0 -> TOKENS * (2L * shape.parts() + shape.headSize());
    };
  }

  private long valueBytes(int layer) {
    long columns = (long) shapes[layer].parts() * PANEL;
    return switch (type) {
      case F32 -> 4 * TOKENS * columns;
      case F16 -> 2 * TOKENS * columns;
      case Q8_0 -> TOKENS * (2L * shapes[layer].parts() + columns);
    };
  }

  /** Writes the key and value of one token and head. */
  void write(
      int layer,
      int head,
      MemorySegment block,
      int token,
      float[] key,
      int keyFrom,
      float[] value,
      int valueFrom) {
    Shape shape = shapes[layer];
    long keys = keyOffset(layer, head);
    long values = valueOffset(layer, head);
    int size = shape.headSize();
    switch (type) {
      case F32 -> {
        for (int i = 0; i < size; i++) {
          block.set(FLOAT, keys + 4L * (i * TOKENS + token), key[keyFrom + i]);
          block.set(FLOAT, values + 4L * place(i, token), value[valueFrom + i]);
        }
      }
      case F16 -> {
        for (int i = 0; i < size; i++) {
          block.set(HALF, keys + 2L * (i * TOKENS + token), half(key[keyFrom + i]));
          block.set(HALF, values + 2L * place(i, token), half(value[valueFrom + i]));
        }
      }
      case Q8_0 -> {
        long keyCodes = keys + 2L * shape.parts() * TOKENS;
        long valueCodes = values + 2L * shape.parts() * TOKENS;
        for (int part = 0; part < shape.parts(); part++) {
          int from = part * PANEL;
          int to = Math.min(from + PANEL, size);
          float keyScale = scale(key, keyFrom, from, to);
          float valueScale = scale(value, valueFrom, from, to);
          block.set(HALF, keys + 2L * (part * TOKENS + token), half(keyScale));
          block.set(HALF, values + 2L * (part * TOKENS + token), half(valueScale));
          for (int i = from; i < to; i++) {
            byte code = code(key[keyFrom + i], keyScale);
            block.set(BYTE, keyCodes + (long) i * TOKENS + token, code);
            block.set(BYTE, valueCodes + place(i, token), code(value[valueFrom + i], valueScale));
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

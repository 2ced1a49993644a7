// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.CacheType;
import dev.coterie.spi.Limits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PagedCacheTest {
  private static final int TOKENS = Limits.BLOCK_TOKENS;
  private static final PagedCache.Shape[] SHAPES = {
    new PagedCache.Shape(2, 64, 64, 0),
    new PagedCache.Shape(1, 16, 16, 48),
    new PagedCache.Shape(3, 80, 80, 0)
  };

  @ParameterizedTest
  @EnumSource(CacheType.class)
  void everyValueStandsWhereTheDocumentationSays(CacheType type) {
    Random random = new Random(3);
    try (Arena arena = Arena.ofConfined()) {
      PagedCache cache = new PagedCache(SHAPES, type, 4, arena);
      cache.allot(2);
      MemorySegment block = cache.block(2);
      float[][][][] written = new float[SHAPES.length][][][]; // layer, head, 2·token (+1), values
      for (int layer = 0; layer < SHAPES.length; layer++) {
        int size = SHAPES[layer].keySize();
        written[layer] = new float[SHAPES[layer].heads()][2 * TOKENS][];
        for (int head = 0; head < SHAPES[layer].heads(); head++) {
          for (int token = 0; token < TOKENS; token++) {
            float[] both = new float[2 * size + 5];
            for (int i = 0; i < both.length; i++) {
              both[i] = (float) random.nextGaussian();
            }
            cache.writeKey(block, cache.keyOffset(layer, head), token, both, 2, size);
            cache.writeValue(block, cache.valueOffset(layer, head), token, both, size + 5, size);
            written[layer][head][2 * token] = java.util.Arrays.copyOfRange(both, 2, 2 + size);
            written[layer][head][2 * token + 1] =
                java.util.Arrays.copyOfRange(both, size + 5, 2 * size + 5);
          }
        }
      }
      float[] index = new float[48];
      java.util.Arrays.fill(index, 7);
      cache.writeKey(block, cache.indexOffset(1), TOKENS - 1, index, 0, index.length);
      // read only now: nothing was written over
      for (int layer = 0; layer < SHAPES.length; layer++) {
        for (int head = 0; head < SHAPES[layer].heads(); head++) {
          for (int token = 0; token < TOKENS; token++) {
            float[] key = written[layer][head][2 * token];
            float[] value = written[layer][head][2 * token + 1];
            for (int i = 0; i < key.length; i++) {
              assertThat(read(cache, type, block, layer, head, token, i, true))
                  .as("key %d of layer %d, head %d, token %d", i, layer, head, token)
                  .isCloseTo(key[i], within(type, key));
              assertThat(read(cache, type, block, layer, head, token, i, false))
                  .as("value %d of layer %d, head %d, token %d", i, layer, head, token)
                  .isCloseTo(value[i], within(type, value));
            }
          }
        }
      }
    }
  }

  /** What rounding to the type may move a value by. */
  private static org.assertj.core.data.Offset<Float> within(CacheType type, float[] values) {
    float most = 0;
    for (float value : values) {
      most = Math.max(most, Math.abs(value));
    }
    return org.assertj.core.api.Assertions.within(
        switch (type) {
          case F32 -> 0f;
          case F16 -> most * 0x1p-11f;
          case Q8_0 -> most * (0.5f / 127 + 0x1p-10f); // half a step, and the scale's own rounding
        });
  }

  private static float read(
      PagedCache cache,
      CacheType type,
      MemorySegment block,
      int layer,
      int head,
      int token,
      int i,
      boolean key) {
    long base = key ? cache.keyOffset(layer, head) : cache.valueOffset(layer, head);
    long place =
        key
            ? (long) i * TOKENS + token
            : ((long) (i / PagedCache.PANEL) * TOKENS + token) * PagedCache.PANEL
                + i % PagedCache.PANEL;
    return switch (type) {
      case F32 -> block.get(ValueLayout.JAVA_FLOAT, base + 4 * place);
      case F16 -> Float.float16ToFloat(block.get(ValueLayout.JAVA_SHORT, base + 2 * place));
      case Q8_0 -> {
        long parts = Math.ceilDiv(SHAPES[layer].keySize(), PagedCache.PANEL);
        long scale = base + 2 * ((long) (i / PagedCache.PANEL) * TOKENS + token);
        yield Float.float16ToFloat(block.get(ValueLayout.JAVA_SHORT, scale))
            * block.get(ValueLayout.JAVA_BYTE, base + 2 * parts * TOKENS + place);
      }
    };
  }

  @ParameterizedTest
  @EnumSource(CacheType.class)
  void extremeValuesStayFinite(CacheType type) {
    try (Arena arena = Arena.ofConfined()) {
      PagedCache cache = new PagedCache(SHAPES, type, 1, arena);
      cache.allot(0);
      float[] values = new float[64];
      values[0] = 1e30f;
      values[1] = -1e30f;
      values[40] = 1e-30f;
      cache.writeKey(cache.block(0), cache.keyOffset(0, 1), 31, values, 0, 64);
      cache.writeValue(cache.block(0), cache.valueOffset(0, 1), 31, values, 0, 64);
      for (int i : new int[] {0, 1, 2, 40, 63}) {
        float key = read(cache, type, cache.block(0), 0, 1, 31, i, true);
        assertThat(key).isFinite();
        assertThat(Math.signum(key) * Math.signum(values[i])).isNotNegative();
        assertThat(read(cache, type, cache.block(0), 0, 1, 31, i, false)).isEqualTo(key);
      }
    }
  }

  @Test
  void memoryIsTakenWhenABlockIsFirstUsed() {
    try (Arena arena = Arena.ofConfined()) {
      PagedCache cache = new PagedCache(SHAPES, CacheType.F32, 3, arena);
      assertThat(cache.bytes()).isZero();
      cache.allot(1);
      long block = cache.bytes();
      // keys and index keys as they are, values filled up to panels of 32
      assertThat(block).isEqualTo(4L * TOKENS * (2 * (64 + 64) + (16 + 32 + 48) + 3 * (80 + 96)));
      cache.allot(1);
      assertThat(cache.bytes()).isEqualTo(block);
      cache.allot(0);
      assertThat(cache.bytes()).isEqualTo(2 * block);
      assertThat(cache.block(0).address()).isNotEqualTo(cache.block(1).address());
    }
  }

  @Test
  void aBlockThatWasNeverWrittenIsNotRead() {
    try (Arena arena = Arena.ofConfined()) {
      PagedCache cache = new PagedCache(SHAPES, CacheType.F16, 3, arena);
      assertThatThrownBy(() -> cache.block(2))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("cache block 2 is read before it is written");
    }
  }
}

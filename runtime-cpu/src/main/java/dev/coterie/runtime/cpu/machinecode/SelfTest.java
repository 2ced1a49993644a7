// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import dev.coterie.runtime.cpu.scalar.ScalarKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Holds kernels against plain loops before they are used. */
final class SelfTest {
  private static final int COLUMNS = 256;
  private static final int OUTPUTS = 2 * Layout.GROUP_ROWS;

  /** Sums of 256 products in another order, relative to the greatest result. */
  private static final float TOLERANCE = 1e-4f;

  private SelfTest() {}

  /** Multiplies the rows of x with two groups. */
  private interface Product {
    void multiply(PackedMatrix w, float[] x, int rows, float[] y);
  }

  /** What is wrong with the products of a layout; null if nothing is. */
  static @Nullable String fault(IntegerProducts products, Layout layout) {
    int most = products.tileRows();
    try (Arena arena = Arena.ofConfined()) {
      QuantizedRows quantized = products.newRows(most, COLUMNS, arena);
      return fault(
          layout,
          most,
          arena,
          (w, x, rows, y) -> {
            MemorySegment from = MemorySegment.ofArray(x);
            for (int row = 0; row < rows; row++) {
              products.quantize(from, (long) row * COLUMNS, quantized, 0, rows, row, 0, COLUMNS);
            }
            MemorySegment to = MemorySegment.ofArray(y);
            products.linear(w, quantized, 0, rows, to, 0, OUTPUTS, false, 0, w.groups());
          });
    }
  }

  /** What is wrong with the products of a layout; null if nothing is. */
  static @Nullable String fault(FloatProducts products, Layout layout) {
    try (Arena arena = Arena.ofConfined()) {
      return fault(
          layout,
          products.tileRows(),
          arena,
          (w, x, rows, y) -> {
            MemorySegment from = MemorySegment.ofArray(x);
            MemorySegment to = MemorySegment.ofArray(y);
            products.linear(w, from, 0, COLUMNS, rows, to, 0, OUTPUTS, 0, w.groups());
          });
    }
  }

  /** What is wrong with the products of pairs; null if nothing is. */
  static @Nullable String fault(PairProducts products) {
    MemorySegment room = MemorySegment.ofArray(new float[PairProducts.ROOM]);
    try (Arena arena = Arena.ofConfined()) {
      return fault(
          Layout.BFLOAT,
          FloatRegisters.mostRows(InstructionSet.AVX512_VNNI),
          arena,
          (w, x, rows, y) -> {
            MemorySegment from = MemorySegment.ofArray(x);
            MemorySegment to = MemorySegment.ofArray(y);
            int groups = w.groups();
            products.linear(w, from, 0, COLUMNS, rows, to, 0, OUTPUTS, 0, groups, room);
          });
    }
  }

  private static @Nullable String fault(Layout layout, int most, Arena arena, Product product) {
    SplittableRandom random = new SplittableRandom(layout.ordinal());
    PackedMatrix w = new PackedMatrix(layout, OUTPUTS, COLUMNS, weights(layout, random, arena));
    float[] x = activations(most, random);
    float[] expected = new float[most * OUTPUTS];
    ScalarKernels scalar = new ScalarKernels();
    scalar.linear(
        w, x, 0, COLUMNS, most, expected, 0, OUTPUTS, 0, w.groups(), scalar.newScratch(1));
    float greatest = 0;
    for (float value : expected) {
      greatest = Math.max(greatest, Math.abs(value));
    }
    for (int rows = 1; rows <= most; rows++) {
      float[] y = new float[rows * OUTPUTS];
      product.multiply(w, x, rows, y);
      for (int i = 0; i < y.length; i++) {
        if (!(Math.abs(y[i] - expected[i]) <= TOLERANCE * greatest)) {
          return rows + " rows, value " + i + ": expected " + expected[i] + ", found " + y[i];
        }
      }
    }
    return null;
  }

  /** Random codes under scales of about one. */
  private static MemorySegment weights(Layout layout, SplittableRandom random, Arena arena) {
    int tiles = COLUMNS / layout.tileColumns();
    MemorySegment data = arena.allocate(2L * tiles * layout.tileBytes(), 64);
    data.copyFrom(MemorySegment.ofArray(bytes(random, (int) data.byteSize())));
    for (int tile = 0; tile < 2 * tiles; tile++) {
      long at = (long) tile * layout.tileBytes();
      switch (layout) {
        case NIBBLE_MIN, FIVE_MIN, NIBBLE_K, FIVE_K -> halves(data, at, 2, random);
        case EIGHT_FLOAT, FLOAT -> floats(data, at, 1, random);
        case BYTE_SCALED -> floats(data, at, 4, random);
        case FOUR_FLOAT -> {
          for (int i = 0; i < Layout.GROUP_ROWS; i++) { // powers of two
            data.set(ValueLayout.JAVA_BYTE, at + i, (byte) (125 + random.nextInt(5)));
          }
        }
        case BFLOAT -> {
          for (int i = 0; i < Layout.GROUP_ROWS; i++) {
            short upper = (short) (Float.floatToRawIntBits(scale(random)) >> 16);
            data.set(ValueLayout.JAVA_SHORT, at + 2 * i, upper);
          }
        }
        default -> halves(data, at, 1, random);
      }
    }
    if (layout == Layout.NIBBLE_K || layout == Layout.FIVE_K) {
      for (long block = BlockCode.headBytes(layout); block < data.byteSize(); ) {
        for (int i = 0; i < 2 * Layout.GROUP_ROWS; i++) { // scales and minima of six bits
          byte scale = data.get(ValueLayout.JAVA_BYTE, block + i);
          data.set(ValueLayout.JAVA_BYTE, block + i, (byte) (scale & 63));
        }
        block += BlockCode.blockBytes(layout);
        block += block % layout.tileBytes() == 0 ? BlockCode.headBytes(layout) : 0;
      }
    }
    return data;
  }

  private static void halves(MemorySegment data, long at, int vectors, SplittableRandom random) {
    for (int i = 0; i < vectors * Layout.GROUP_ROWS; i++) {
      data.set(ValueLayout.JAVA_SHORT, at + 2 * i, Float.floatToFloat16(scale(random)));
    }
  }

  private static void floats(MemorySegment data, long at, int vectors, SplittableRandom random) {
    for (int i = 0; i < vectors * Layout.GROUP_ROWS; i++) {
      data.set(ValueLayout.JAVA_FLOAT, at + 4 * i, scale(random));
    }
  }

  private static float scale(SplittableRandom random) {
    return 0.5f + random.nextInt(8) / 8f;
  }

  private static byte[] bytes(SplittableRandom random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Integers up to 127, so that rounding them to 8 bits changes nothing. */
  private static float[] activations(int rows, SplittableRandom random) {
    float[] x = new float[rows * COLUMNS];
    for (int i = 0; i < x.length; i++) {
      x[i] = i % Panel.BLOCK == 0 ? 127 : random.nextInt(-127, 128);
    }
    return x;
  }
}

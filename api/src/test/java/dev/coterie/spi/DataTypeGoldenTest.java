// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Compares every type with gguf-py, value by value. {@code blocks.py} writes {@code blocks.bin}.
 */
class DataTypeGoldenTest {
  private record Blocks(byte[] data, float[] values) {}

  private static final Map<DataType, Blocks> GOLDEN = new EnumMap<>(DataType.class);

  @BeforeAll
  static void read() throws IOException {
    try (InputStream in = DataTypeGoldenTest.class.getResourceAsStream("blocks.bin")) {
      ByteBuffer all =
          ByteBuffer.wrap(Objects.requireNonNull(in).readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      while (all.hasRemaining()) {
        byte[] name = new byte[all.get()];
        all.get(name);
        float[] values = new float[all.getInt()];
        byte[] data = new byte[all.getInt()];
        all.get(data);
        for (int i = 0; i < values.length; i++) {
          values[i] = all.getFloat();
        }
        GOLDEN.put(
            DataType.valueOf(new String(name, StandardCharsets.US_ASCII)),
            new Blocks(data, values));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"F8_E4M3", "F8_E8M0", "F4_E2M1"})
  void decodesAsTheReference(DataType type) {
    Blocks golden = Objects.requireNonNull(GOLDEN.get(type));
    float[] out = new float[golden.values.length];
    type.decode(MemorySegment.ofArray(golden.data), 0, out.length, out, 0);
    for (int i = 0; i < out.length; i++) {
      assertThat(out[i])
          .as("value %d of block %d", i % type.blockSize(), i / type.blockSize())
          .usingComparator(DataTypeGoldenTest::compare)
          .isEqualTo(golden.values[i]);
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"F8_E4M3", "F8_E8M0", "F4_E2M1"})
  void decodesAnyBlocksToAnyPlace(DataType type) {
    Blocks golden = Objects.requireNonNull(GOLDEN.get(type));
    int count = 2 * type.blockSize();
    float[] all = new float[golden.values.length];
    float[] some = new float[count + 5];
    try (Arena arena = Arena.ofConfined()) {
      // One byte off, so that nothing in it is aligned.
      MemorySegment shifted = arena.allocate(golden.data.length + 1, 8).asSlice(1);
      shifted.copyFrom(MemorySegment.ofArray(golden.data));
      type.decode(shifted, 0, all.length, all, 0);
      type.decode(shifted, type.blockBytes(), count, some, 3);
    }
    for (int i = 0; i < count; i++) {
      assertThat(some[3 + i]).isEqualTo(all[type.blockSize() + i]);
    }
    assertThat(some).startsWith(0, 0, 0).endsWith(0, 0);
  }

  @Test
  void whatTheReferenceReadsAsNumbers() {
    float[] out = new float[64];
    byte[] block = new byte[36];
    java.util.Arrays.fill(block, (byte) 0x22);
    block[0] = (byte) 255;
    DataType.MXFP4.decode(MemorySegment.ofArray(block), 0, 32, out, 0);
    assertThat(out[0]).isNaN();
    DataType.NVFP4.decode(MemorySegment.ofArray(block), 0, 64, out, 0);
    assertThat(out[0]).isZero();
  }

  /** Every code, from the definitions: OCP 8-bit floats, and OCP microscaling formats 1.0. */
  @Test
  void smallFloatsAreAsDefined() {
    byte[] codes = new byte[256];
    for (int i = 0; i < 256; i++) {
      codes[i] = (byte) i;
    }
    float[] eight = new float[256];
    float[] exponents = new float[256];
    float[] four = new float[512];
    DataType.F8_E4M3.decode(MemorySegment.ofArray(codes), 0, 256, eight, 0);
    DataType.F8_E8M0.decode(MemorySegment.ofArray(codes), 0, 256, exponents, 0);
    DataType.F4_E2M1.decode(MemorySegment.ofArray(codes), 0, 512, four, 0);
    for (int i = 0; i < 256; i++) {
      assertSame("E4M3 " + i, eight[i], small(i, 4, 3, (i & 127) == 127));
      assertSame("E8M0 " + i, exponents[i], i == 255 ? Double.NaN : Math.pow(2, i - 127));
      assertSame("E2M1 low " + i, four[2 * i], small(i & 15, 2, 1, false));
      assertSame("E2M1 high " + i, four[2 * i + 1], small(i >> 4, 2, 1, false));
    }
  }

  private static void assertSame(String what, float found, double expected) {
    assertThat(found)
        .as(what)
        .usingComparator(DataTypeGoldenTest::compare)
        .isEqualTo((float) expected);
  }

  /** Sign, exponent, mantissa; with the exponent 0 the mantissa has no leading one. */
  private static double small(int code, int exponentBits, int mantissaBits, boolean nan) {
    int exponent = code >> mantissaBits & (1 << exponentBits) - 1;
    double fraction = (code & (1 << mantissaBits) - 1) / (double) (1 << mantissaBits);
    int bias = (1 << exponentBits - 1) - 1;
    double magnitude =
        exponent == 0
            ? fraction * Math.pow(2, 1 - bias)
            : (1 + fraction) * Math.pow(2, exponent - bias);
    boolean negative = code >> exponentBits + mantissaBits != 0;
    return nan ? Double.NaN : negative ? -magnitude : magnitude;
  }

  /** Zeros of either sign are equal, and so are all that are not numbers. */
  private static int compare(float a, float b) {
    return a == b ? 0 : Float.compare(a, b);
  }
}

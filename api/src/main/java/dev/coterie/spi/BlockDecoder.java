// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Decodes the blocks of every {@link DataType}, one method a type; {@code o} is the block's offset.
 */
final class BlockDecoder {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The values that the codes of IQ4_NL and IQ4_XS stand for. */
  private static final float[] IQ4 = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  /** The values of the 16 codes of a 4-bit float: sign, two exponent bits, one mantissa bit. */
  private static final float[] E2M1 = {
    0f, 0.5f, 1f, 1.5f, 2f, 3f, 4f, 6f, -0f, -0.5f, -1f, -1.5f, -2f, -3f, -4f, -6f
  };

  private BlockDecoder() {}

  static void decode(
      DataType type, MemorySegment data, long byteOffset, int count, float[] out, int offset) {
    if (count % type.blockSize() != 0) {
      throw new IllegalArgumentException(
          type + ": expected a multiple of " + type.blockSize() + " values, found " + count);
    }
    long o = byteOffset;
    for (int i = 0; i < count; i += type.blockSize(), o += type.blockBytes()) {
      int p = offset + i;
      switch (type) {
        case F32 -> out[p] = data.get(FLOAT, o);
        case F16 -> out[p] = half(data, o);
        case BF16 -> out[p] = Float.intBitsToFloat(data.get(SHORT, o) << 16);
        case F8_E4M3 -> out[p] = e4m3(data.get(JAVA_BYTE, o));
        case F8_E8M0 -> out[p] = e8m0(data.get(JAVA_BYTE, o));
        case F4_E2M1 -> {
          int codes = u8(data, o);
          out[p] = E2M1[codes & 15];
          out[p + 1] = E2M1[codes >> 4];
        }
        case Q8_0 -> q8v0(data, o, out, p);
        case Q4_0 -> nibbles(data, o + 2, half(data, o), 8, 0, out, p);
        case Q4_1 -> nibbles(data, o + 4, half(data, o), 0, half(data, o + 2), out, p);
        case Q5_0 -> q5(data, o + 2, half(data, o), 16, 0, out, p);
        case Q5_1 -> q5(data, o + 4, half(data, o), 0, half(data, o + 2), out, p);
        case Q2_K -> q2k(data, o, out, p);
        case Q3_K -> q3k(data, o, out, p);
        case Q4_K -> q4k(data, o, out, p);
        case Q5_K -> q5k(data, o, out, p);
        case Q6_K -> q6k(data, o, out, p);
        case IQ4_NL -> table(data, o + 2, half(data, o), IQ4, out, p);
        case IQ4_XS -> iq4xs(data, o, out, p);
        case MXFP4 -> table(data, o + 1, e8m0(data.get(JAVA_BYTE, o)), E2M1, out, p);
        case NVFP4 -> nvfp4(data, o, out, p);
      }
    }
  }

  private static float half(MemorySegment data, long o) {
    return Float.float16ToFloat(data.get(SHORT, o));
  }

  private static int u8(MemorySegment data, long o) {
    return data.get(JAVA_BYTE, o) & 0xff;
  }

  /** A power of two from its biased exponent; 0 is the denormal 2^-127, 255 is NaN. */
  private static float e8m0(byte code) {
    int e = code & 0xff;
    return e == 0 ? 0x1p-127f : e == 255 ? Float.NaN : Float.intBitsToFloat(e << 23);
  }

  /** A signed 8-bit float with 4 exponent and 3 mantissa bits; 0x7f and 0xff are NaN. */
  private static float e4m3(byte code) {
    int magnitude = code & 0x7f;
    if (magnitude == 0x7f) {
      return Float.NaN;
    }
    int e = magnitude >> 3;
    float value =
        e == 0 ? (magnitude & 7) * 0x1p-9f : (8 + (magnitude & 7)) * Math.scalb(1f, e - 10);
    return code < 0 ? -value : value;
  }

  /** An unsigned 8-bit float with 4 exponent and 3 mantissa bits; 0x7f decodes to 0. */
  private static float ue4m3(byte code) {
    int c = code & 0x7f;
    if (c == 0x7f) {
      return 0;
    }
    int e = c >> 3;
    return e == 0 ? (c & 7) * 0x1p-9f : (8 + (c & 7)) * Math.scalb(1f, e - 10);
  }

  private static void q8v0(MemorySegment data, long o, float[] out, int p) {
    float d = half(data, o);
    for (int i = 0; i < 32; i++) {
      out[p + i] = d * data.get(JAVA_BYTE, o + 2 + i);
    }
  }

  /** 16 bytes of codes: value i is the low nibble of byte i, value i + 16 its high nibble. */
  private static void nibbles(
      MemorySegment data, long o, float scale, int zero, float min, float[] out, int p) {
    for (int i = 0; i < 16; i++) {
      int code = u8(data, o + i);
      out[p + i] = scale * ((code & 15) - zero) + min;
      out[p + 16 + i] = scale * ((code >> 4) - zero) + min;
    }
  }

  private static void table(
      MemorySegment data, long o, float scale, float[] table, float[] out, int p) {
    for (int i = 0; i < 16; i++) {
      int code = u8(data, o + i);
      out[p + i] = scale * table[code & 15];
      out[p + 16 + i] = scale * table[code >> 4];
    }
  }

  /** As {@link #nibbles}, after 32 bits that hold the fifth bit of each code. */
  private static void q5(
      MemorySegment data, long o, float scale, int zero, float min, float[] out, int p) {
    int high = data.get(INT, o);
    for (int i = 0; i < 16; i++) {
      int code = u8(data, o + 4 + i);
      out[p + i] = scale * (((code & 15) | (high >>> i & 1) << 4) - zero) + min;
      out[p + 16 + i] = scale * (((code >> 4) | (high >>> (i + 16) & 1) << 4) - zero) + min;
    }
  }

  private static void q2k(MemorySegment data, long o, float[] out, int p) {
    float d = half(data, o + 80);
    float dmin = half(data, o + 82);
    for (int i = 0; i < 256; i++) {
      int scale = u8(data, o + i / 16);
      int code = u8(data, o + 16 + 32 * (i / 128) + i % 32) >> (2 * (i % 128 / 32)) & 3;
      out[p + i] = d * (scale & 15) * code - dmin * (scale >> 4);
    }
  }

  private static void q3k(MemorySegment data, long o, float[] out, int p) {
    float d = half(data, o + 108);
    for (int i = 0; i < 256; i++) {
      int g = i / 16;
      int low = g < 8 ? u8(data, o + 96 + g) & 15 : u8(data, o + 96 + g - 8) >> 4;
      int scale = (low | (u8(data, o + 104 + g % 4) >> (2 * (g / 4)) & 3) << 4) - 32;
      int code = u8(data, o + 32 + 32 * (i / 128) + i % 32) >> (2 * (i % 128 / 32)) & 3;
      int high = u8(data, o + i % 32) >> (i / 32) & 1;
      out[p + i] = d * scale * (code - (high == 0 ? 4 : 0));
    }
  }

  /** The 6-bit scale of sub-block g (0 to 7) of Q4_K and Q5_K, whose 12 packed bytes begin at o. */
  private static int scaleK(MemorySegment data, long o, int g) {
    return g < 4
        ? u8(data, o + g) & 63
        : (u8(data, o + g + 4) & 15) | (u8(data, o + g - 4) >> 6) << 4;
  }

  /** The 6-bit minimum of sub-block g, beside {@link #scaleK}. */
  private static int minK(MemorySegment data, long o, int g) {
    return g < 4
        ? u8(data, o + g + 4) & 63
        : (u8(data, o + g + 4) >> 4) | (u8(data, o + g) >> 6) << 4;
  }

  private static void q4k(MemorySegment data, long o, float[] out, int p) {
    float d = half(data, o);
    float dmin = half(data, o + 2);
    for (int g = 0; g < 8; g++) {
      float scale = d * scaleK(data, o + 4, g);
      float min = dmin * minK(data, o + 4, g);
      for (int i = 0; i < 32; i++) {
        int code = u8(data, o + 16 + 32 * (g / 2) + i) >> (4 * (g % 2)) & 15;
        out[p + 32 * g + i] = scale * code - min;
      }
    }
  }

  private static void q5k(MemorySegment data, long o, float[] out, int p) {
    float d = half(data, o);
    float dmin = half(data, o + 2);
    for (int g = 0; g < 8; g++) {
      float scale = d * scaleK(data, o + 4, g);
      float min = dmin * minK(data, o + 4, g);
      for (int i = 0; i < 32; i++) {
        int code = u8(data, o + 48 + 32 * (g / 2) + i) >> (4 * (g % 2)) & 15;
        code |= (u8(data, o + 16 + i) >> g & 1) << 4;
        out[p + 32 * g + i] = scale * code - min;
      }
    }
  }

  private static void q6k(MemorySegment data, long o, float[] out, int p) {
    float d = half(data, o + 208);
    for (int i = 0; i < 256; i++) {
      int n = i / 128;
      int k = i % 128 / 32;
      int l = i % 32;
      int low = u8(data, o + 64 * n + 32 * (k & 1) + l) >> (4 * (k >> 1)) & 15;
      int high = u8(data, o + 128 + 32 * n + l) >> (2 * k) & 3;
      out[p + i] = d * data.get(JAVA_BYTE, o + 192 + i / 16) * ((low | high << 4) - 32);
    }
  }

  private static void iq4xs(MemorySegment data, long o, float[] out, int p) {
    float d = half(data, o);
    int highs = data.get(SHORT, o + 2) & 0xffff;
    for (int b = 0; b < 8; b++) {
      int low = u8(data, o + 4 + b / 2) >> (4 * (b % 2)) & 15;
      float scale = d * ((low | (highs >> (2 * b) & 3) << 4) - 32);
      table(data, o + 8 + 16 * b, scale, IQ4, out, p + 32 * b);
    }
  }

  private static void nvfp4(MemorySegment data, long o, float[] out, int p) {
    for (int s = 0; s < 4; s++) {
      float scale = ue4m3(data.get(JAVA_BYTE, o + s));
      for (int j = 0; j < 8; j++) {
        int code = u8(data, o + 4 + 8 * s + j);
        out[p + 16 * s + j] = scale * E2M1[code & 15];
        out[p + 16 * s + 8 + j] = scale * E2M1[code >> 4];
      }
    }
  }
}

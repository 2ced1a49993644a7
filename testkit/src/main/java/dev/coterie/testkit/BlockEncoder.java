// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.random.RandomGenerator;

/**
 * Makes encoded weights: random blocks of every type, blocks at the edges of a type, and a few
 * exact quantizers.
 */
public final class BlockEncoder {
  private BlockEncoder() {}

  /** What a block looks like. */
  public enum Pattern {
    /** Random codes and scales as trained weights have them. */
    RANDOM,
    /** Every code and every packed scale at its greatest. */
    MAX_CODES,
    /** Every code and every packed scale at its least. */
    MIN_CODES,
    /** A scale, and a minimum, of 0: all values are 0. */
    ZERO_SCALE,
    /** The sign of the scale, and of the minimum, turned. */
    NEGATIVE_SCALE,
    /** A scale of 0 beside a minimum; as {@link #ZERO_SCALE} for types without minimum. */
    ONLY_MINIMUM,
    /** The smallest scale, a subnormal half, and a minimum to match. */
    TINY_SCALE,
    /** A scale 100 times the usual one. */
    LARGE_SCALE
  }

  /**
   * Where a type keeps its scales, and how to choose them.
   *
   * @param scale offset of the half-precision scale
   * @param minimum offset of the half-precision minimum, or -1
   * @param deviation the standard deviation of random codes, packed scales included, at scale 1
   * @param center the minimum, in units of the scale, that makes the mean about 0
   */
  private record Layout(int scale, int minimum, double deviation, double center) {
    static Layout of(DataType type) {
      return switch (type) {
        case Q8_0 -> new Layout(0, -1, 74, 0);
        case Q4_0 -> new Layout(0, -1, 4.6, 0);
        case Q4_1 -> new Layout(0, 2, 4.6, -7.5);
        case Q5_0 -> new Layout(0, -1, 9.2, 0);
        case Q5_1 -> new Layout(0, 2, 9.2, -15.5);
        case Q2_K -> new Layout(80, 82, 15, 1.5);
        case Q3_K -> new Layout(108, -1, 44, 0);
        case Q4_K -> new Layout(0, 2, 250, 7.5);
        case Q5_K -> new Layout(0, 2, 500, 15.5);
        case Q6_K -> new Layout(208, -1, 1_370, 0);
        case IQ4_NL -> new Layout(0, -1, 70, 0);
        case IQ4_XS -> new Layout(0, -1, 1_300, 0);
        case F32, F16, BF16, F8_E4M3, F8_E8M0, F4_E2M1, MXFP4, NVFP4 ->
            throw new IllegalArgumentException(type + " has no half-precision scale");
      };
    }
  }

  /**
   * Writes a block, or one value for types that are not quantized.
   *
   * @param type how to encode
   * @param pattern what it looks like
   * @param deviation about the standard deviation of the values of a random block
   * @param random where the randomness comes from
   * @param out receives the block at its position; little-endian
   */
  public static void write(
      DataType type, Pattern pattern, double deviation, RandomGenerator random, ByteBuffer out) {
    switch (type) {
      case F32, F16, BF16 -> put(type, (float) value(pattern, deviation, random), out);
      case F8_E4M3 -> out.put((byte) eightBitFloat(pattern, random));
      case F8_E8M0 -> out.put((byte) exponent(pattern, deviation, random));
      case F4_E2M1 -> codes(pattern, 1, random, out);
      case MXFP4 -> {
        out.put((byte) exponent(pattern, deviation / 2.9, random));
        codes(pattern, 16, random, out);
      }
      case NVFP4 -> {
        for (int i = 0; i < 4; i++) {
          out.put((byte) smallFloat(pattern, deviation / 2.9, random));
        }
        codes(pattern, 32, random, out);
      }
      default -> block(type, pattern, deviation, random, out);
    }
  }

  private static void block(
      DataType type, Pattern pattern, double deviation, RandomGenerator random, ByteBuffer out) {
    Layout layout = Layout.of(type);
    int start = out.position();
    codes(pattern, type.blockBytes(), random, out);
    if (pattern == Pattern.MAX_CODES || pattern == Pattern.MIN_CODES) {
      byte signed = pattern == Pattern.MAX_CODES ? Byte.MAX_VALUE : Byte.MIN_VALUE;
      int from = type == DataType.Q8_0 ? 2 : type == DataType.Q6_K ? 192 : 0;
      int to = type == DataType.Q8_0 ? 34 : type == DataType.Q6_K ? 208 : 0;
      for (int i = from; i < to; i++) {
        out.put(start + i, signed);
      }
    }
    double scale = deviation / layout.deviation() * (0.5 + random.nextDouble());
    double minimum = layout.center() * scale * (0.9 + 0.2 * random.nextDouble());
    if (layout.minimum() < 0 && random.nextBoolean()) {
      scale = -scale;
    }
    switch (pattern) {
      case ZERO_SCALE -> {
        scale = 0;
        minimum = 0;
      }
      case NEGATIVE_SCALE -> {
        scale = layout.minimum() < 0 ? -Math.abs(scale) : -scale;
        minimum = -minimum;
      }
      case ONLY_MINIMUM -> scale = 0;
      case TINY_SCALE -> {
        scale = 0x1p-24;
        minimum = layout.center() * 0x1p-24;
      }
      case LARGE_SCALE -> {
        scale *= 100;
        minimum *= 100;
      }
      case RANDOM, MAX_CODES, MIN_CODES -> {}
    }
    out.putShort(start + layout.scale(), Float.floatToFloat16((float) scale));
    if (layout.minimum() >= 0) {
      out.putShort(start + layout.minimum(), Float.floatToFloat16((float) minimum));
    }
  }

  private static void codes(Pattern pattern, int bytes, RandomGenerator random, ByteBuffer out) {
    for (int i = 0; i < bytes; i++) {
      out.put(
          switch (pattern) {
            case MAX_CODES -> (byte) 0xff;
            case MIN_CODES -> (byte) 0;
            default -> (byte) random.nextInt();
          });
    }
  }

  /** A signed float of 4 exponent and 3 mantissa bits, mostly from 1/8 to 8; never NaN. */
  private static int eightBitFloat(Pattern pattern, RandomGenerator random) {
    int code = (4 + random.nextInt(6)) << 3 | random.nextInt(8) | random.nextInt(2) << 7;
    return switch (pattern) {
      case MAX_CODES -> 0x7e;
      case MIN_CODES -> 0xfe;
      case ZERO_SCALE, ONLY_MINIMUM -> 0x80; // minus zero
      case TINY_SCALE -> code & 0x87; // subnormal
      case NEGATIVE_SCALE -> code | 0x80;
      case LARGE_SCALE -> Math.min(code & 0x7f | 0x40, 0x7e);
      case RANDOM -> code;
    };
  }

  private static double value(Pattern pattern, double deviation, RandomGenerator random) {
    return switch (pattern) {
      case RANDOM -> deviation * random.nextGaussian();
      case MAX_CODES -> 4 * deviation;
      case MIN_CODES -> -4 * deviation;
      case NEGATIVE_SCALE -> -Math.abs(deviation * random.nextGaussian());
      case ZERO_SCALE, ONLY_MINIMUM -> 0;
      case TINY_SCALE -> 0x1p-24;
      case LARGE_SCALE -> 100 * deviation * random.nextGaussian();
    };
  }

  /** The biased exponent of a power of two near a scale. */
  private static int exponent(Pattern pattern, double scale, RandomGenerator random) {
    int usual = 127 + (int) Math.round(Math.log(scale) / Math.log(2));
    return switch (pattern) {
      case ZERO_SCALE, ONLY_MINIMUM -> 0;
      case TINY_SCALE -> 64;
      case LARGE_SCALE -> usual + 7;
      default -> usual + random.nextInt(3) - 1;
    };
  }

  /** An unsigned float of 4 exponent and 3 mantissa bits near a scale. */
  private static int smallFloat(Pattern pattern, double scale, RandomGenerator random) {
    int normal = (int) Math.round(8 * (7 + Math.log(scale) / Math.log(2)));
    int usual = Math.clamp(normal + random.nextInt(13) - 6, 1, 0x7e);
    return switch (pattern) {
      case ZERO_SCALE -> 0;
      case ONLY_MINIMUM -> 0x7f; // stands for NaN elsewhere; decodes to 0
      case TINY_SCALE -> 1;
      case LARGE_SCALE -> Math.min(usual + 48, 0x7e);
      default -> usual;
    };
  }

  /**
   * Encodes values, each rounded to the nearest that the type can say.
   *
   * @param type F32, F16, BF16, Q8_0, Q4_0 or Q4_1
   * @param values a whole number of blocks
   * @return the blocks
   * @throws IllegalArgumentException for any other type
   */
  public static byte[] encode(DataType type, float... values) {
    ByteBuffer out =
        ByteBuffer.allocate(Math.toIntExact(type.bytes(values.length)))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values.length; i += type.blockSize()) {
      switch (type) {
        case F32, F16, BF16 -> put(type, values[i], out);
        case Q8_0 -> q8v0(values, i, out);
        case Q4_0 -> q4v0(values, i, out);
        case Q4_1 -> q4v1(values, i, out);
        default -> throw new IllegalArgumentException(type + ": there is no quantizer for it");
      }
    }
    return out.array();
  }

  private static void put(DataType type, float value, ByteBuffer out) {
    switch (type) {
      case F16 -> out.putShort(Float.floatToFloat16(value));
      case BF16 -> {
        int bits = Float.floatToRawIntBits(value);
        out.putShort(
            (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16)); // to nearest, ties to even
      }
      default -> out.putFloat(value);
    }
  }

  private static void q8v0(float[] x, int from, ByteBuffer out) {
    float most = 0;
    for (int i = 0; i < 32; i++) {
      most = Math.max(most, Math.abs(x[from + i]));
    }
    float scale = putHalf(most / 127, out);
    for (int i = 0; i < 32; i++) {
      out.put((byte) code(x[from + i], scale, -127, 127));
    }
  }

  /** The value of greatest magnitude becomes code -8. */
  private static void q4v0(float[] x, int from, ByteBuffer out) {
    float most = 0;
    for (int i = 0; i < 32; i++) {
      most = Math.abs(x[from + i]) > Math.abs(most) ? x[from + i] : most;
    }
    float scale = putHalf(most / -8, out);
    for (int i = 0; i < 16; i++) {
      int low = code(x[from + i], scale, -8, 7) + 8;
      int high = code(x[from + 16 + i], scale, -8, 7) + 8;
      out.put((byte) (low | high << 4));
    }
  }

  private static void q4v1(float[] x, int from, ByteBuffer out) {
    float least = x[from];
    float most = x[from];
    for (int i = 1; i < 32; i++) {
      least = Math.min(least, x[from + i]);
      most = Math.max(most, x[from + i]);
    }
    float scale = putHalf((most - least) / 15, out);
    float minimum = putHalf(least, out);
    for (int i = 0; i < 16; i++) {
      int low = code(x[from + i] - minimum, scale, 0, 15);
      int high = code(x[from + 16 + i] - minimum, scale, 0, 15);
      out.put((byte) (low | high << 4));
    }
  }

  private static float putHalf(float value, ByteBuffer out) {
    short half = Float.floatToFloat16(value);
    out.putShort(half);
    return Float.float16ToFloat(half);
  }

  private static int code(float value, float scale, int least, int most) {
    return scale == 0 ? 0 : Math.clamp(Math.round(value / scale), least, most);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.DataType;

/**
 * Reads the types that have no {@link Layout} of their own as a scale, a minimum and 16 signed
 * bytes for each 16 inputs. The products are the very values that the type defines.
 */
final class ScaledBlocks {
  private static final byte[] IQ4 = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  /** 4-bit floats times two, so that they are integers; their scales are halved. */
  private static final byte[] E2M1_DOUBLED = {
    0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12
  };

  private ScaledBlocks() {}

  /** Takes 16 inputs from the given one on. */
  interface Sink {
    void accept(int input, float scale, float min, byte[] codes);
  }

  static void read(DataType type, byte[] raw, int from, int columns, Sink sink) {
    byte[] codes = new byte[16];
    int blocks = columns / type.blockSize();
    for (int block = 0; block < blocks; block++) {
      int at = from + block * type.blockBytes();
      int input = block * type.blockSize();
      for (int g = 0; g < type.blockSize() / 16; g++) {
        switch (type) {
          case Q2_K -> q2k(raw, at, g, input, codes, sink);
          case Q3_K -> q3k(raw, at, g, input, codes, sink);
          case IQ4_NL -> {
            nibbles(raw, at + 2, g, IQ4, codes);
            sink.accept(input + 16 * g, half(raw, at), 0, codes);
          }
          case IQ4_XS -> iq4xs(raw, at, g, input, codes, sink);
          case NVFP4 -> {
            for (int i = 0; i < 16; i++) {
              int code = raw[at + 4 + 8 * g + i % 8];
              codes[i] = E2M1_DOUBLED[(i < 8 ? code : code >> 4) & 15];
            }
            sink.accept(input + 16 * g, halvedUe4m3(raw[at + g] & 0x7f), 0, codes);
          }
          default -> throw new AssertionError(type);
        }
      }
    }
  }

  private static float half(byte[] raw, int at) {
    return Float.float16ToFloat((short) (raw[at] & 0xff | raw[at + 1] << 8));
  }

  private static float halvedUe4m3(int code) {
    if (code == 0x7f) {
      return 0;
    }
    int exponent = code >> 3;
    return exponent == 0 ? (code & 7) * 0x1p-10f : (8 + (code & 7)) * Math.scalb(1f, exponent - 11);
  }

  /** Half g of a 32-block: low nibbles of 16 bytes, then their high nibbles. */
  private static void nibbles(byte[] raw, int at, int g, byte[] table, byte[] codes) {
    for (int i = 0; i < 16; i++) {
      codes[i] = table[raw[at + i] >> (4 * g) & 15];
    }
  }

  private static void q2k(byte[] raw, int at, int g, int input, byte[] codes, Sink sink) {
    for (int i = 0; i < 16; i++) {
      int e = 16 * g + i;
      codes[i] = (byte) (raw[at + 16 + 32 * (e / 128) + e % 32] >> (2 * (e % 128 / 32)) & 3);
    }
    int scale = raw[at + g] & 0xff;
    sink.accept(
        input + 16 * g,
        half(raw, at + 80) * (scale & 15),
        -(half(raw, at + 82) * (scale >> 4)),
        codes);
  }

  private static void q3k(byte[] raw, int at, int g, int input, byte[] codes, Sink sink) {
    for (int i = 0; i < 16; i++) {
      int e = 16 * g + i;
      int low = raw[at + 32 + 32 * (e / 128) + e % 32] >> (2 * (e % 128 / 32)) & 3;
      int high = raw[at + e % 32] >> (e / 32) & 1;
      codes[i] = (byte) (low - (high == 0 ? 4 : 0));
    }
    int low = g < 8 ? raw[at + 96 + g] & 15 : raw[at + 96 + g - 8] >> 4 & 15;
    int scale = (low | (raw[at + 104 + g % 4] >> (2 * (g / 4)) & 3) << 4) - 32;
    sink.accept(input + 16 * g, half(raw, at + 108) * scale, 0, codes);
  }

  private static void iq4xs(byte[] raw, int at, int g, int input, byte[] codes, Sink sink) {
    int b = g / 2;
    nibbles(raw, at + 8 + 16 * b, g % 2, IQ4, codes);
    int low = raw[at + 4 + b / 2] >> (4 * (b % 2)) & 15;
    int highs = raw[at + 2] & 0xff | (raw[at + 3] & 0xff) << 8;
    int scale = (low | (highs >> (2 * b) & 3) << 4) - 32;
    sink.accept(input + 16 * g, half(raw, at) * scale, 0, codes);
  }
}

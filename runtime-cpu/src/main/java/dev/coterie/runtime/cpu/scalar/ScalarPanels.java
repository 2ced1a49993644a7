// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.scalar;

import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Decodes packed weights of one row group to floats, {@code [inputs, 16 rows]}. */
final class ScalarPanels {
  static final int ROWS = Layout.GROUP_ROWS;

  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final float[] scale = new float[ROWS];
  private final float[] min = new float[ROWS];
  private final int[] codes = new int[8 * ROWS]; // planes of one sub-block

  /**
   * Decodes a stretch of inputs.
   *
   * @param from the first input; a multiple of 256
   * @param count how many; whole tiles
   */
  void decode(PackedMatrix w, int group, int from, int count, float[] panel) {
    Layout layout = w.layout();
    MemorySegment data = w.data();
    long at = group * w.groupBytes() + (long) (from / layout.tileColumns()) * layout.tileBytes();
    for (int k = 0; k < count; k += layout.tileColumns(), at += layout.tileBytes()) {
      int out = k * ROWS;
      switch (layout) {
        case NIBBLE -> {
          scales(data, at, -8);
          nibbles(data, at + 32, 0, panel, out);
        }
        case NIBBLE_MIN -> {
          scales(data, at, 0);
          halves(data, at + 32, min);
          nibbles(data, at + 64, 0, panel, out);
        }
        case FIVE -> {
          scales(data, at, -16);
          nibbles(data, at + 32, 1, panel, out);
        }
        case FIVE_MIN -> {
          scales(data, at, 0);
          halves(data, at + 32, min);
          nibbles(data, at + 64, 1, panel, out);
        }
        case NIBBLE_K, FIVE_K -> {
          int fifths = layout == Layout.FIVE_K ? 1 : 0;
          for (int g = 0; g < 8; g++) {
            long sub = at + 64 + g * (288L + 64 * fifths);
            for (int r = 0; r < ROWS; r++) {
              float d = half(data, at + 2 * r);
              float dmin = half(data, at + 32 + 2 * r);
              scale[r] = d * data.get(ValueLayout.JAVA_BYTE, sub + r);
              min[r] = -(dmin * data.get(ValueLayout.JAVA_BYTE, sub + 16 + r));
            }
            nibbles(data, sub + 32, fifths, panel, out + 32 * ROWS * g);
          }
        }
        case SIX_K -> {
          for (int g = 0; g < 16; g++) {
            long sub = at + 32 + 416L * (g / 2);
            for (int r = 0; r < ROWS; r++) {
              scale[r] =
                  half(data, at + 2 * r) * data.get(ValueLayout.JAVA_BYTE, sub + 16 * (g % 2) + r);
              min[r] = -32 * scale[r];
            }
            sixes(data, sub + 32, g % 2, panel, out + 16 * ROWS * g);
          }
        }
        case BYTE -> {
          scales(data, at, 0);
          bytes(data, at + 32, 8, panel, out);
        }
        case BYTE_SCALED -> {
          for (int half = 0; half < 2; half++) {
            for (int r = 0; r < ROWS; r++) {
              scale[r] = data.get(FLOAT, at + 128 * half + 4 * r);
              min[r] = data.get(FLOAT, at + 128 * half + 64 + 4 * r);
            }
            bytes(data, at + 256 + 256 * half, 4, panel, out + 16 * ROWS * half);
          }
        }
        case EIGHT_FLOAT -> {
          MemorySegment.copy(data, FLOAT, at, scale, 0, ROWS);
          planes(data, at + 64, 8);
          for (int i = 0; i < 32; i++) {
            for (int r = 0; r < ROWS; r++) {
              int code = codes[i / 4 * ROWS + r] << (24 - 8 * (i % 4));
              float value = Float.intBitsToFloat(code & 0x80000000 | code >>> 4 & 0x07f00000);
              panel[out + i * ROWS + r] = value * 0x1p120f * scale[r];
            }
          }
        }
        case FOUR_FLOAT -> {
          for (int r = 0; r < ROWS; r++) {
            int e = data.get(ValueLayout.JAVA_BYTE, at + r) & 0xff;
            scale[r] = Float.intBitsToFloat(e == 0 ? 0x00400000 : e << 23);
          }
          planes(data, at + 16, 4);
          for (int i = 0; i < 32; i++) {
            int shift = 28 - 8 * (i % 4) - 4 * (i / 4 % 2);
            for (int r = 0; r < ROWS; r++) {
              int code = codes[i / 8 * ROWS + r] << shift;
              float value = Float.intBitsToFloat(code & 0x80000000 | code >>> 6 & 0x01c00000);
              panel[out + i * ROWS + r] = value * 0x1p126f * scale[r];
            }
          }
        }
        case HALF -> {
          for (int r = 0; r < ROWS; r++) {
            panel[out + r] = half(data, at + 2 * r);
          }
        }
        case BFLOAT -> {
          for (int r = 0; r < ROWS; r++) {
            panel[out + r] = Float.intBitsToFloat(data.get(SHORT, at + 2 * r) << 16);
          }
        }
        case FLOAT -> {
          for (int r = 0; r < ROWS; r++) {
            panel[out + r] = data.get(FLOAT, at + 4 * r);
          }
        }
      }
    }
  }

  private static float half(MemorySegment data, long at) {
    return Float.float16ToFloat(data.get(SHORT, at));
  }

  private void scales(MemorySegment data, long at, int offset) {
    halves(data, at, scale);
    for (int r = 0; r < ROWS; r++) {
      min[r] = offset * scale[r];
    }
  }

  private static void halves(MemorySegment data, long at, float[] out) {
    for (int r = 0; r < ROWS; r++) {
      out[r] = half(data, at + 2 * r);
    }
  }

  private void planes(MemorySegment data, long at, int count) {
    MemorySegment.copy(data, INT, at, codes, 0, count * ROWS);
  }

  private void nibbles(MemorySegment data, long at, int fifths, float[] panel, int out) {
    planes(data, at, 4 + fifths);
    for (int i = 0; i < 32; i++) {
      int plane = i / 8 * ROWS;
      int shift = 8 * (i % 4) + 4 * (i / 4 % 2);
      int o = out + i * ROWS;
      for (int r = 0; r < ROWS; r++) {
        int code = codes[plane + r] >>> shift & 15;
        if (fifths == 1) {
          code |= (codes[4 * ROWS + r] >>> (i % 4 * 8 + i / 4) & 1) << 4;
        }
        panel[o + r] = scale[r] * code + min[r];
      }
    }
  }

  private void sixes(MemorySegment data, long at, int half, float[] panel, int out) {
    planes(data, at, 6);
    for (int i = 0; i < 16; i++) {
      int plane = (2 * half + i / 8) * ROWS;
      int shift = 8 * (i % 4) + 4 * (i / 4 % 2);
      int o = out + i * ROWS;
      for (int r = 0; r < ROWS; r++) {
        int code = codes[plane + r] >>> shift & 15;
        code |= (codes[(4 + half) * ROWS + r] >>> (i % 4 * 8 + i / 4 * 2) & 3) << 4;
        panel[o + r] = scale[r] * code + min[r];
      }
    }
  }

  private void bytes(MemorySegment data, long at, int count, float[] panel, int out) {
    planes(data, at, count);
    for (int i = 0; i < 4 * count; i++) {
      int plane = i / 4 * ROWS;
      int left = 24 - 8 * (i % 4);
      int o = out + i * ROWS;
      for (int r = 0; r < ROWS; r++) {
        panel[o + r] = scale[r] * (codes[plane + r] << left >> 24) + min[r];
      }
    }
  }
}

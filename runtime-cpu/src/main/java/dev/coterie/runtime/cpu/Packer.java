// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/**
 * Repacks the rows of a tensor into a {@link Layout}, a row group at a time, without changing a
 * value. Holds the buffers of one thread.
 */
final class Packer {
  private static final int ROWS = Layout.GROUP_ROWS;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int LOW = 0x0f0f0f0f;

  private final Tensor tensor;
  private final Layout layout;
  private final int columns;
  private final int rowBytes;
  private final byte[] raw; // the group's rows as they lie in the file
  private final byte[] packed; // the group in its layout
  private final float[] decoded; // a row of the tensor, or of its scales

  Packer(Tensor tensor) {
    this.tensor = tensor;
    layout = layout(tensor);
    columns = tensor.columns();
    rowBytes = Math.toIntExact(tensor.type().bytes(columns));
    raw = new byte[Math.multiplyExact(ROWS, rowBytes)];
    packed = new byte[Math.toIntExact(PackedMatrix.groupBytes(layout, columns))];
    decoded = new float[columns];
  }

  /** The layout that holds a tensor's values. */
  static Layout layout(Tensor tensor) {
    Tensor.Scales scales = tensor.scales();
    return switch (tensor.type()) {
      case Q4_0 -> Layout.NIBBLE;
      case Q4_1 -> Layout.NIBBLE_MIN;
      case Q4_K -> Layout.NIBBLE_K;
      case Q5_0 -> Layout.FIVE;
      case Q5_1 -> Layout.FIVE_MIN;
      case Q5_K -> Layout.FIVE_K;
      case Q6_K -> Layout.SIX_K;
      case Q8_0 -> Layout.BYTE;
      case MXFP4 -> Layout.FOUR_FLOAT;
      case Q2_K, Q3_K, IQ4_NL, IQ4_XS, NVFP4 -> Layout.BYTE_SCALED;
      case F8_E4M3 ->
          scales == null || scales.blockColumns() % 32 == 0 ? Layout.EIGHT_FLOAT : Layout.FLOAT;
      case F4_E2M1 ->
          scales != null
                  && scales.blockColumns() == 32
                  && scales.factors().type() == DataType.F8_E8M0
              ? Layout.FOUR_FLOAT
              : Layout.FLOAT;
      case F16 -> scales == null ? Layout.HALF : Layout.FLOAT;
      case BF16 -> scales == null ? Layout.BFLOAT : Layout.FLOAT;
      case F32, F8_E8M0 -> Layout.FLOAT;
    };
  }

  /** Packs one group to its place in the target. */
  void pack(int group, MemorySegment target) {
    pack(group);
    MemorySegment.copy(
        packed, 0, target, ValueLayout.JAVA_BYTE, (long) group * packed.length, packed.length);
  }

  /** Whether a group is what {@link #pack} would write there. */
  boolean matches(int group, MemorySegment target) {
    pack(group);
    return MemorySegment.ofArray(packed)
            .mismatch(target.asSlice((long) group * packed.length, packed.length))
        < 0;
  }

  private void pack(int group) {
    int rows = Math.min(ROWS, tensor.rows() - group * ROWS);
    MemorySegment.copy(
        tensor.data(),
        ValueLayout.JAVA_BYTE,
        (long) group * ROWS * rowBytes,
        raw,
        0,
        rows * rowBytes);
    Arrays.fill(packed, (byte) 0);
    for (int row = 0; row < rows; row++) {
      packRow(group, row, row * rowBytes);
    }
  }

  private void packRow(int group, int row, int from) {
    int blockBytes = tensor.type().blockBytes();
    int tiles = columns / layout.tileColumns();
    switch (layout) {
      case BYTE_SCALED -> {
        scaledRow(row, from);
        return;
      }
      case EIGHT_FLOAT -> {
        eightBitFloats(group * ROWS + row, row, from);
        return;
      }
      case FOUR_FLOAT -> {
        if (tensor.type() == DataType.F4_E2M1) {
          fourBitFloats(group * ROWS + row, row, from);
          return;
        }
      }
      case FLOAT -> {
        decodedRow(group * ROWS + row, row);
        return;
      }
      default -> {}
    }
    for (int tile = 0; tile < tiles; tile++) {
      int in = from + tile * blockBytes;
      int out = tile * layout.tileBytes();
      switch (layout) {
        case NIBBLE -> {
          half(in, out, row);
          nibbles(in + 2, out + 32, row);
        }
        case NIBBLE_MIN -> {
          half(in, out, row);
          half(in + 2, out + 32, row);
          nibbles(in + 4, out + 64, row);
        }
        case FIVE -> {
          half(in, out, row);
          nibbles(in + 6, out + 32, row);
          plane(out + 288, row, fifths((int) INT.get(raw, in + 2)));
        }
        case FIVE_MIN -> {
          half(in, out, row);
          half(in + 2, out + 32, row);
          nibbles(in + 8, out + 64, row);
          plane(out + 320, row, fifths((int) INT.get(raw, in + 4)));
        }
        case NIBBLE_K -> superBlock(in, in + 16, out, row, 288, -1);
        case FIVE_K -> superBlock(in, in + 48, out, row, 352, in + 16);
        case SIX_K -> sixBits(in, out, row);
        case BYTE -> {
          half(in, out, row);
          for (int j = 0; j < 8; j++) {
            plane(out + 32 + 64 * j, row, (int) INT.get(raw, in + 2 + 4 * j));
          }
        }
        case FOUR_FLOAT -> {
          packed[out + row] = raw[in];
          nibbles(in + 1, out + 16, row);
        }
        case HALF, BFLOAT -> half(in, out, row);
        case FLOAT, EIGHT_FLOAT, BYTE_SCALED -> throw new AssertionError(layout);
      }
    }
  }

  private void half(int in, int out, int row) {
    SHORT.set(packed, out + 2 * row, (short) SHORT.get(raw, in));
  }

  private void plane(int out, int row, int bits) {
    INT.set(packed, out + 4 * row, bits);
  }

  /** 16 bytes, whose low nibbles are inputs 0–15 and whose high nibbles are inputs 16–31. */
  private void nibbles(int in, int out, int row) {
    for (int j = 0; j < 2; j++) {
      int first = (int) INT.get(raw, in + 8 * j);
      int second = (int) INT.get(raw, in + 8 * j + 4);
      plane(out + 64 * j, row, first & LOW | (second & LOW) << 4);
      plane(out + 128 + 64 * j, row, first >>> 4 & LOW | second & ~LOW);
    }
  }

  /** Bit i goes where the layout has that of input i. */
  private static int fifths(int bits) {
    int moved = 0;
    for (int i = 0; i < 32; i++) {
      moved |= (bits >>> i & 1) << (i % 4 * 8 + i / 4);
    }
    return moved;
  }

  /** Q4_K and Q5_K: scales at 4, codes of sub-blocks 2c and 2c+1 in the nibbles of 32 bytes. */
  private void superBlock(int in, int codes, int out, int row, int subBytes, int fifths) {
    half(in, out, row);
    half(in + 2, out + 32, row);
    for (int g = 0; g < 8; g++) {
      int sub = out + 64 + g * subBytes;
      packed[sub + row] = (byte) scale(in + 4, g);
      packed[sub + 16 + row] = (byte) min(in + 4, g);
      for (int j = 0; j < 4; j++) {
        int first = (int) INT.get(raw, codes + 32 * (g / 2) + 8 * j);
        int second = (int) INT.get(raw, codes + 32 * (g / 2) + 8 * j + 4);
        int bits =
            g % 2 == 0 ? first & LOW | (second & LOW) << 4 : first >>> 4 & LOW | second & ~LOW;
        plane(sub + 32 + 64 * j, row, bits);
      }
      if (fifths >= 0) {
        int bits = 0;
        for (int i = 0; i < 32; i++) {
          bits |= (raw[fifths + i] >>> g & 1) << i;
        }
        plane(sub + 288, row, fifths(bits));
      }
    }
  }

  private int scale(int at, int g) {
    return g < 4 ? raw[at + g] & 63 : raw[at + g + 4] & 15 | (raw[at + g - 4] & 0xc0) >> 2;
  }

  private int min(int at, int g) {
    return g < 4 ? raw[at + g + 4] & 63 : (raw[at + g + 4] & 0xf0) >> 4 | (raw[at + g] & 0xc0) >> 2;
  }

  /** Q6_K: low bits at 0, high bits at 128, scales at 192, d at 208; see the block's layout. */
  private void sixBits(int in, int out, int row) {
    half(in + 208, out, row);
    for (int g = 0; g < 8; g++) {
      int sub = out + 32 + g * 416;
      packed[sub + row] = raw[in + 192 + 2 * g];
      packed[sub + 16 + row] = raw[in + 192 + 2 * g + 1];
      int n = g / 4;
      int k = g % 4;
      int lows = in + 64 * n + 32 * (k & 1);
      int shift = 4 * (k >> 1);
      for (int j = 0; j < 4; j++) {
        int first = (int) INT.get(raw, lows + 8 * j) >>> shift & LOW;
        int second = (int) INT.get(raw, lows + 8 * j + 4) >>> shift & LOW;
        plane(sub + 32 + 64 * j, row, first | second << 4);
      }
      for (int t = 0; t < 2; t++) {
        int bits = 0;
        for (int i = 0; i < 16; i++) {
          int high = raw[in + 128 + 32 * n + 16 * t + i] >>> (2 * k) & 3;
          bits |= high << (i % 4 * 8 + i / 4 * 2);
        }
        plane(sub + 288 + 64 * t, row, bits);
      }
    }
  }

  private void decodedRow(int tensorRow, int row) {
    tensor.decodeRow(tensorRow, decoded, 0);
    for (int k = 0; k < columns; k++) {
      plane(64 * k, row, Float.floatToRawIntBits(decoded[k]));
    }
  }

  /** Bytes as they are, and the scale of each 32 of them. */
  private void eightBitFloats(int tensorRow, int row, int from) {
    Tensor.Scales scales = tensor.scales();
    if (scales != null) {
      scales.factors().decodeRow(tensorRow / scales.blockRows(), decoded, 0);
    }
    for (int k = 0; k < columns; k++) {
      int out = k / 32 * layout.tileBytes();
      if (k % 32 == 0) {
        float scale = scales == null ? 1 : decoded[k / scales.blockColumns()];
        plane(out, row, Float.floatToRawIntBits(scale));
      }
      packed[out + 64 + 64 * (k % 32 / 4) + 4 * row + k % 4] = raw[from + k];
    }
  }

  /** Codes two a byte, the even one low; their scales lie in a tensor of their own. */
  private void fourBitFloats(int tensorRow, int row, int from) {
    Tensor factors = Objects.requireNonNull(tensor.scales()).factors();
    long scales = (long) tensorRow * factors.columns();
    for (int k = 0; k < columns; k += 2) {
      int out = k / 32 * layout.tileBytes();
      if (k % 32 == 0) {
        packed[out + row] = factors.data().get(ValueLayout.JAVA_BYTE, scales + k / 32);
      }
      int codes = raw[from + k / 2];
      int at = out + 16 + 64 * (k % 32 / 8) + 4 * row + k % 4;
      int shift = 4 * (k / 4 % 2);
      packed[at] |= (byte) ((codes & 15) << shift);
      packed[at + 1] |= (byte) ((codes >> 4 & 15) << shift);
    }
  }

  /**
   * Any other type, through its decoded values: the types whose values are a scale times a small
   * integer for each 16 inputs, and Q2_K with a minimum beside. Scale and minimum are recovered
   * exactly from the block itself by {@link ScaledBlocks}.
   */
  private void scaledRow(int row, int from) {
    ScaledBlocks.Sink sink =
        (input, scale, min, codes) -> {
          int out = input / 32 * layout.tileBytes();
          int half = input % 32 / 16;
          plane(out + 128 * half, row, Float.floatToRawIntBits(scale));
          plane(out + 128 * half + 64, row, Float.floatToRawIntBits(min));
          for (int i = 0; i < 16; i++) {
            int column = input % 32 + i;
            packed[out + 256 + 64 * (column / 4) + 4 * row + column % 4] = codes[i];
          }
        };
    ScaledBlocks.read(tensor.type(), raw, from, columns, sink);
  }
}

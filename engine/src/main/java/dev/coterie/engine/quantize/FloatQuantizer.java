// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.quantize;

import dev.coterie.spi.DataType;

/** Floats of 32 and 16 bits, rounded to the nearest, ties to even. */
final class FloatQuantizer extends Quantizer {
  FloatQuantizer(DataType type) {
    super(type);
  }

  @Override
  public void quantize(float[] values, int offset, int count, byte[] out, int outOffset) {
    switch (type()) {
      case F32 -> {
        for (int i = 0; i < count; i++) {
          Bytes.putInt(out, outOffset + 4 * i, Float.floatToRawIntBits(values[offset + i]));
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          Bytes.putShort(out, outOffset + 2 * i, Float.floatToFloat16(values[offset + i]));
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          int bits = Float.floatToRawIntBits(values[offset + i]);
          int rounded = bits + 0x7fff + (bits >>> 16 & 1);
          Bytes.putShort(out, outOffset + 2 * i, (short) (rounded >>> 16));
        }
      }
    }
  }
}

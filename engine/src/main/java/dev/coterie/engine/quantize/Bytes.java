// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.quantize;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian numbers in byte arrays. */
final class Bytes {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private Bytes() {}

  static void putShort(byte[] out, int at, short value) {
    SHORT.set(out, at, value);
  }

  static void putInt(byte[] out, int at, int value) {
    INT.set(out, at, value);
  }

  /** Puts a half that is known to be representable. */
  static void putHalf(byte[] out, int at, float value) {
    SHORT.set(out, at, Float.floatToFloat16(value));
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import java.util.Arrays;

/** Bytes that grow, and the fields of an instruction that name an address. */
final class Code {
  private static final int NO_BASE = 5;
  private static final int SIB = 4;
  private static final int NO_INDEX = 4;

  private byte[] bytes = new byte[256];
  private int size;

  int size() {
    return size;
  }

  void put(int value) {
    if (size == bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * size);
    }
    bytes[size++] = (byte) value;
  }

  void putInt(int value) {
    for (int shift = 0; shift < 32; shift += 8) {
      put(value >> shift);
    }
  }

  void putLong(long value) {
    putInt((int) value);
    putInt((int) (value >> 32));
  }

  void put(Code other, int from, int to) {
    for (int i = from; i < to; i++) {
      put(other.bytes[i]);
    }
  }

  byte[] toArray() {
    return Arrays.copyOf(bytes, size);
  }

  /**
   * ModRM, SIB and displacement.
   *
   * @param reg what the field {@code reg} holds; its lower three bits are taken
   * @param unit what a displacement of one byte counts in
   */
  void putRm(int reg, Operand.Rm rm, int unit) {
    int field = (reg & 7) << 3;
    switch (rm) {
      case Gpr r -> put(0xc0 | field | r.number() & 7);
      case VectorRegister r -> put(0xc0 | field | r.number() & 7);
      case Memory m -> putAddress(field, m, unit);
    }
  }

  private void putAddress(int field, Memory m, int unit) {
    Gpr base = m.base();
    Gpr index = m.index();
    int displacement = m.displacement();
    int low = base == null ? NO_BASE : base.number() & 7;
    boolean isShort =
        displacement % unit == 0 && displacement / unit == (byte) (displacement / unit);
    int mode;
    if (base == null || displacement == 0 && low != NO_BASE) {
      mode = 0;
    } else {
      mode = isShort ? 1 : 2;
    }
    if (index == null && base != null && low != SIB) {
      put(mode << 6 | field | low);
    } else {
      put(mode << 6 | field | SIB);
      int middle = index == null ? NO_INDEX : index.number() & 7;
      put(Integer.numberOfTrailingZeros(m.scale()) << 6 | middle << 3 | low);
    }
    if (mode == 1) {
      put(displacement / unit);
    } else if (mode == 2 || base == null) {
      putInt(displacement);
    }
  }
}

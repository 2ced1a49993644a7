// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.CacheType;

/** What panels of a cache block hold. */
enum PanelKind {
  FLOATS(Float.BYTES),
  HALVES(Short.BYTES),
  /** One panel of bytes, with half-precision scales {@code [count / 32, 32]}. */
  QUANTIZED_KEYS(Byte.BYTES),
  /** Bytes, with half-precision scales {@code [panels, 32]}: one for each k. */
  QUANTIZED_VALUES(Byte.BYTES);

  /** The bytes of a value. */
  final int bytes;

  PanelKind(int bytes) {
    this.bytes = bytes;
  }

  static PanelKind ofKeys(CacheType type) {
    return type == CacheType.Q8_0 ? QUANTIZED_KEYS : ofValues(type);
  }

  static PanelKind ofValues(CacheType type) {
    return switch (type) {
      case F32 -> FLOATS;
      case F16 -> HALVES;
      case Q8_0 -> QUANTIZED_VALUES;
    };
  }
}

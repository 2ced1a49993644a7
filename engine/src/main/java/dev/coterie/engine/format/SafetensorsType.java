// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.spi.DataType;
import org.jspecify.annotations.Nullable;

/**
 * The tensor types of safetensors files, by the names that files use. Those without a {@link
 * DataType} can be listed but not run.
 */
enum SafetensorsType {
  BOOL(8),
  F4(4, DataType.F4_E2M1),
  F6_E2M3(6),
  F6_E3M2(6),
  U8(8),
  I8(8),
  F8_E5M2(8),
  F8_E5M2FNUZ(8),
  F8_E4M3(8, DataType.F8_E4M3),
  F8_E4M3FNUZ(8),
  F8_E8M0(8, DataType.F8_E8M0),
  I16(16),
  U16(16),
  F16(16, DataType.F16),
  BF16(16, DataType.BF16),
  I32(32),
  U32(32),
  F32(32, DataType.F32),
  C64(64),
  F64(64),
  I64(64),
  U64(64);

  private final int bits;
  private final @Nullable DataType dataType;

  SafetensorsType(int bits) {
    this(bits, null);
  }

  SafetensorsType(int bits, @Nullable DataType dataType) {
    this.bits = bits;
    this.dataType = dataType;
  }

  /** The size of an element. */
  int bits() {
    return bits;
  }

  /** How to decode it, or null if that is not supported. */
  @Nullable DataType dataType() {
    return dataType;
  }
}

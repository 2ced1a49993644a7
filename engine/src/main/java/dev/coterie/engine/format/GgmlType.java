// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.spi.DataType;
import org.jspecify.annotations.Nullable;

/**
 * The tensor types of GGUF files, by the numbers that files use. Those without a {@link DataType}
 * can be listed but not run.
 */
enum GgmlType {
  F32(0, DataType.F32),
  F16(1, DataType.F16),
  Q4_0(2, DataType.Q4_0),
  Q4_1(3, DataType.Q4_1),
  Q5_0(6, DataType.Q5_0),
  Q5_1(7, DataType.Q5_1),
  Q8_0(8, DataType.Q8_0),
  Q8_1(9, 32, 36),
  Q2_K(10, DataType.Q2_K),
  Q3_K(11, DataType.Q3_K),
  Q4_K(12, DataType.Q4_K),
  Q5_K(13, DataType.Q5_K),
  Q6_K(14, DataType.Q6_K),
  Q8_K(15, 256, 292),
  IQ2_XXS(16, 256, 66),
  IQ2_XS(17, 256, 74),
  IQ3_XXS(18, 256, 98),
  IQ1_S(19, 256, 50),
  IQ4_NL(20, DataType.IQ4_NL),
  IQ3_S(21, 256, 110),
  IQ2_S(22, 256, 82),
  IQ4_XS(23, DataType.IQ4_XS),
  I8(24, 1, 1),
  I16(25, 1, 2),
  I32(26, 1, 4),
  I64(27, 1, 8),
  F64(28, 1, 8),
  IQ1_M(29, 256, 56),
  BF16(30, DataType.BF16),
  TQ1_0(34, 256, 54),
  TQ2_0(35, 256, 66),
  MXFP4(39, DataType.MXFP4),
  NVFP4(40, DataType.NVFP4),
  Q1_0(41, 128, 18),
  Q2_0(42, 64, 18);

  private static final @Nullable GgmlType[] BY_ID = new @Nullable GgmlType[43];

  static {
    for (GgmlType type : values()) {
      BY_ID[type.id] = type;
    }
  }

  private final int id;
  private final int blockSize;
  private final int blockBytes;
  private final @Nullable DataType dataType;

  GgmlType(int id, DataType dataType) {
    this(id, dataType.blockSize(), dataType.blockBytes(), dataType);
  }

  GgmlType(int id, int blockSize, int blockBytes) {
    this(id, blockSize, blockBytes, null);
  }

  GgmlType(int id, int blockSize, int blockBytes, @Nullable DataType dataType) {
    this.id = id;
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
    this.dataType = dataType;
  }

  /** The type of a number, or null if it was retired or never given out. */
  static @Nullable GgmlType of(int id) {
    return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
  }

  /** Whether a number once stood for a type that current files no longer use. */
  static boolean retired(int id) {
    return id == 4 || id == 5 || (id >= 31 && id <= 33) || (id >= 36 && id <= 38);
  }

  int id() {
    return id;
  }

  int blockSize() {
    return blockSize;
  }

  int blockBytes() {
    return blockBytes;
  }

  /** How to decode it, or null if that is not supported. */
  @Nullable DataType dataType() {
    return dataType;
  }
}

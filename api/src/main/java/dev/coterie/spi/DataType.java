// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import java.lang.foreign.MemorySegment;

/**
 * How the values of a {@link Tensor} are encoded. The names are the field's own. Quantized types
 * encode a fixed number of consecutive values as a block of bytes; a row is a whole number of
 * blocks.
 *
 * <p>The block layouts are those of the GGUF format, little-endian.
 */
public enum DataType {
  /** IEEE single precision. */
  F32(1, 4),
  /** IEEE half precision. */
  F16(1, 2),
  /** The upper half of a single-precision value. */
  BF16(1, 2),
  /**
   * 8-bit floats: 4 exponent bits, 3 mantissa bits, no infinities; the scales are a tensor beside.
   */
  F8_E4M3(1, 1),
  /** Powers of two from 2^-127 on, as scales. */
  F8_E8M0(1, 1),
  /** 4-bit floats (E2M1), two a byte, the even one low; the scales are a tensor beside. */
  F4_E2M1(2, 1),
  /** 8 bits, a scale for 32. */
  Q8_0(32, 34),
  /** 4 bits around 8, a scale for 32. */
  Q4_0(32, 18),
  /** 4 bits, a scale and a minimum for 32. */
  Q4_1(32, 20),
  /** 5 bits around 16, a scale for 32. */
  Q5_0(32, 22),
  /** 5 bits, a scale and a minimum for 32. */
  Q5_1(32, 24),
  /** 2 bits, 4-bit scales and minima for 16. */
  Q2_K(256, 84),
  /** 3 bits, 6-bit scales for 16. */
  Q3_K(256, 110),
  /** 4 bits, 6-bit scales and minima for 32. */
  Q4_K(256, 144),
  /** 5 bits, 6-bit scales and minima for 32. */
  Q5_K(256, 176),
  /** 6 bits, 8-bit scales for 16. */
  Q6_K(256, 210),
  /** 4 bits that index a table, a scale for 32. */
  IQ4_NL(32, 18),
  /** 4 bits that index a table, 6-bit scales for 32. */
  IQ4_XS(256, 136),
  /** 4-bit floats (E2M1), a power-of-two scale (E8M0) for 32. */
  MXFP4(32, 17),
  /** 4-bit floats (E2M1), an 8-bit float scale (E4M3) for 16. */
  NVFP4(64, 36);

  private final int blockSize;
  private final int blockBytes;

  DataType(int blockSize, int blockBytes) {
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
  }

  /**
   * The number of values in a block.
   *
   * @return values; 1 for types that are not quantized
   */
  public int blockSize() {
    return blockSize;
  }

  /**
   * The size of a block.
   *
   * @return bytes
   */
  public int blockBytes() {
    return blockBytes;
  }

  /**
   * The size of a number of values.
   *
   * @param elements how many values; a whole number of blocks
   * @return bytes
   * @throws IllegalArgumentException if it is no whole number of blocks
   * @throws ArithmeticException if the size exceeds a {@code long}
   */
  public long bytes(long elements) {
    if (elements < 0 || elements % blockSize != 0) {
      throw new IllegalArgumentException(
          this + ": expected a multiple of " + blockSize + " elements, found " + elements);
    }
    return Math.multiplyExact(elements / blockSize, blockBytes);
  }

  /**
   * Decodes consecutive values to float32, exactly.
   *
   * @param data holds the blocks
   * @param byteOffset where the first block begins
   * @param count how many values; a whole number of blocks
   * @param out receives them
   * @param offset where in {@code out} they begin
   * @throws IndexOutOfBoundsException if {@code data} or {@code out} is too short
   */
  public void decode(MemorySegment data, long byteOffset, int count, float[] out, int offset) {
    BlockDecoder.decode(this, data, byteOffset, count, out, offset);
  }
}

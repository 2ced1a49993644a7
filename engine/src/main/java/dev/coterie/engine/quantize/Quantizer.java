// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.quantize;

import dev.coterie.spi.DataType;

/**
 * Encodes float32 values as the blocks of a type, each with the least squared error that a search
 * over its scales finds. The same values give the same bytes, whatever lies around them.
 *
 * <p>Holds scratch memory: one thread at a time.
 */
public abstract class Quantizer {
  private static final float LARGEST_HALF = 65504f;
  private static final float LARGEST_BF16 = 0x1.fep127f;

  private final DataType type;

  Quantizer(DataType type) {
    this.type = type;
  }

  /**
   * An encoder.
   *
   * @param type what to encode as
   * @return a new encoder
   * @throws IllegalArgumentException if there is none for the type
   */
  public static Quantizer of(DataType type) {
    return switch (type) {
      case F32, F16, BF16 -> new FloatQuantizer(type);
      case Q8_0, Q5_0, Q4_0 -> new ScaledQuantizer(type);
      case Q4_1, Q5_1 -> new AffineQuantizer(type);
      case Q3_K, Q6_K -> new ScaledSuperQuantizer(type);
      case Q2_K, Q4_K, Q5_K -> new AffineSuperQuantizer(type);
      case MXFP4 -> new MicroscaleQuantizer();
      case IQ4_NL -> new TableQuantizer();
      case F8_E4M3, F8_E8M0, F4_E2M1, IQ4_XS, NVFP4 ->
          throw new IllegalArgumentException("there is no quantizer for " + type);
    };
  }

  /**
   * What it encodes as.
   *
   * @return the type
   */
  public final DataType type() {
    return type;
  }

  /**
   * The largest magnitude that a type is fit for; beyond it a scale may overflow.
   *
   * @param type the type
   * @return the magnitude
   */
  public static float limit(DataType type) {
    return switch (type) {
      case F32, MXFP4 -> Float.MAX_VALUE;
      case BF16 -> LARGEST_BF16;
      default -> LARGEST_HALF;
    };
  }

  /**
   * Looks for a value that cannot be encoded: NaN, an infinity, or one beyond {@link #limit}.
   *
   * @param type what to encode as
   * @param values the values
   * @param offset where they begin
   * @param count how many
   * @return the index of the first, counted from {@code offset}, or -1
   */
  public static int findUnfit(DataType type, float[] values, int offset, int count) {
    float limit = limit(type);
    float greatest = 0;
    for (int i = offset; i < offset + count; i++) {
      greatest = Math.max(greatest, Math.abs(values[i])); // NaN stays
    }
    if (greatest <= limit) {
      return -1;
    }
    int i = offset;
    while (Math.abs(values[i]) <= limit) {
      i++;
    }
    return i - offset;
  }

  /**
   * Encodes values, which {@link #findUnfit} has found fit.
   *
   * @param values the values
   * @param offset where they begin
   * @param count how many; a whole number of blocks
   * @param out receives the blocks
   * @param outOffset where they begin
   * @throws IllegalArgumentException if it is no whole number of blocks
   */
  public abstract void quantize(float[] values, int offset, int count, byte[] out, int outOffset);

  final void requireBlocks(int count) {
    if (count % type.blockSize() != 0) {
      throw new IllegalArgumentException(
          type + ": expected a multiple of " + type.blockSize() + " values, found " + count);
    }
  }
}

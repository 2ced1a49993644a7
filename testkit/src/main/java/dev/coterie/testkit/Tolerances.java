// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

/** How far results may lie from the reference, each with the reason why. */
public final class Tolerances {
  /**
   * Matrix products of float32 activations, as NMSE: sum of squared errors over sum of squares.
   * Rounding a sum of n products gives about n · 1e-15; the rest is room for other orders of
   * summation and for factoring out scales and minima. Any loss of activation bits (bfloat16: 3e-6)
   * fails.
   */
  public static final double FLOAT_MATMUL_NMSE = 1e-7;

  /**
   * Matrix products of 8-bit activations: 3e-5 for normal values, more where a block has outliers.
   */
  public static final double QUANTIZED_MATMUL_NMSE = 5e-4;

  /**
   * Float32 operations on single values, relative to the row's greatest magnitude: 16 units in the
   * last place, for short approximations of exp, sin and cos.
   */
  public static final double ELEMENTWISE = 2e-6;

  /**
   * Float32 sums over a row, relative to the row's greatest magnitude, for rows up to 8,192 values.
   */
  public static final double REDUCTION = 1e-5;

  /**
   * Rotations: on top of {@link #ELEMENTWISE}, for each radian, because the angle may be a float32
   * product of position and frequency.
   */
  public static final double ROTATION_PER_RADIAN = 1.2e-7;

  /**
   * A router's weights, relative to its scale, and the margin by which the reference's own choice
   * must be clear before a backend has to make the same: float32 logits and exp.
   */
  public static final double ROUTE_WEIGHT = 1e-5;

  /** Attention over an F32 cache, as NMSE: float32 products, sums and exp. */
  public static final double ATTENTION_F32_CACHE_NMSE = 1e-9;

  /**
   * Attention over an F16 cache, as NMSE: each key and value is off by up to 2^-11 of itself, 3e-8
   * of its square on average, and steep scores magnify the keys' part.
   */
  public static final double ATTENTION_F16_CACHE_NMSE = 1e-6;

  /**
   * Attention over a Q8_0 cache, as NMSE: values are off by up to 1/254 of the greatest of their
   * 32, about 3e-5 of their square, and steep scores magnify the keys' part.
   */
  public static final double ATTENTION_Q8_0_CACHE_NMSE = 5e-4;

  /**
   * The same tokens in other batches, as NMSE, with float32 activations and an F32 cache: other
   * orders of summation only.
   */
  public static final double CONSISTENCY_NMSE = 1e-9;

  /** The logits of a whole small model on float32 activations, as NMSE. */
  public static final double MODEL_NMSE = 1e-7;

  /** The logits of a whole small model where activations are rounded to 8 bits, as NMSE. */
  public static final double QUANTIZED_MODEL_NMSE = 5e-3;

  /** The golden models' logits on float32 activations: absolute difference. */
  public static final double GOLDEN_LOGITS = 2e-3;

  private Tolerances() {}
}

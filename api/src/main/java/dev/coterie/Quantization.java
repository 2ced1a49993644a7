// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.Locale;

/**
 * How the weights of a converted model are encoded. Those that end in S, M and L are mixes, as
 * llama.cpp names them: tensors that suffer most get more bits. Norms, biases, routers and other
 * small tensors stay floats in all of them.
 */
public enum Quantization {
  /** 32-bit floats. */
  F32,
  /** 16-bit floats with 5 bits of exponent. */
  F16,
  /** 16-bit floats with 8 bits of exponent. */
  BF16,
  /** 8.5 bits a weight. */
  Q8_0,
  /** 4.5 bits a weight. */
  Q4_0,
  /** 5 bits a weight. */
  Q4_1,
  /** 5.5 bits a weight. */
  Q5_0,
  /** 6 bits a weight. */
  Q5_1,
  /** 2.6 to 4.5 bits a weight. */
  Q2_K,
  /** 3.4 bits a weight. */
  Q3_K_S,
  /** 3.4 to 5.5 bits a weight. */
  Q3_K_M,
  /** 3.4 to 5.5 bits a weight. */
  Q3_K_L,
  /** 4.5 bits a weight, 5.5 in the first layers. */
  Q4_K_S,
  /** 4.5 bits a weight, 6.6 in half of the values and down projections. */
  Q4_K_M,
  /** 5.5 bits a weight. */
  Q5_K_S,
  /** 5.5 bits a weight, 6.6 in half of the values and down projections. */
  Q5_K_M,
  /** 6.6 bits a weight. */
  Q6_K,
  /** Experts with 4.25 bits a weight, the rest as {@link #Q8_0}. */
  MXFP4;

  /**
   * The quantization of a name, in any case; {@code Q4_K} and the like stand for their M mix.
   *
   * @param name such as {@code Q4_K_M}
   * @return the quantization
   * @throws IllegalArgumentException if there is none of that name
   */
  public static Quantization of(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    String full =
        switch (upper) {
          case "Q3_K", "Q4_K", "Q5_K" -> upper + "_M";
          case "MXFP4_MOE" -> "MXFP4";
          default -> upper;
        };
    for (Quantization quantization : values()) {
      if (quantization.name().equals(full)) {
        return quantization;
      }
    }
    throw new IllegalArgumentException(
        "quantization: expected one of "
            + java.util.Arrays.toString(values()).replaceAll("[\\[\\]]", "")
            + ", found '"
            + name
            + "'");
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

/**
 * How packed weights lie in memory, the same for every tier. The rows of a matrix go in groups of
 * {@link #GROUP_ROWS}; a group is a run of tiles, each with the codes of {@code tileColumns} inputs
 * for all of its rows, so that the lanes of a vector are rows and one load serves many inputs.
 *
 * <p>Within a tile, codes of 32 consecutive inputs (a sub-block) are planes of 32-bit lanes, one
 * lane a row:
 *
 * <ul>
 *   <li><b>nibbles</b>: 4 planes; bits {@code 8b+4h} of plane j hold the low 4 bits of input {@code
 *       8j+4h+b}, so that masking gives four consecutive inputs as bytes;
 *   <li><b>fifth bits</b>: 1 plane; bit {@code 8b+s} holds bit 4 of input {@code 4s+b}, so that
 *       shifting brings those of four consecutive inputs to their bytes;
 *   <li><b>fifth and sixth bits</b>: 2 planes; bits {@code 8b+2s} of plane t hold those of input
 *       {@code 16t+4s+b};
 *   <li><b>bytes</b>: 8 planes; byte b of plane j is input {@code 4j+b}, signed.
 * </ul>
 *
 * <p>A "half vector" below is 16 IEEE half values, one a row; a "byte vector" 16 bytes.
 */
public enum Layout {
  /** Half vector d; nibbles. Value {@code d(n−8)}. */
  NIBBLE(32, 32 + 256),
  /** Half vectors d, m; nibbles. Value {@code dn+m}. */
  NIBBLE_MIN(32, 64 + 256),
  /** Half vectors d, dmin; 8 times: byte vectors s, m; nibbles. Value {@code (d·s)n − dmin·m}. */
  NIBBLE_K(256, 64 + 8 * (32 + 256)),
  /** Half vector d; nibbles; fifth bits. Value {@code d(n−16)}. */
  FIVE(32, 32 + 320),
  /** Half vectors d, m; nibbles; fifth bits. Value {@code dn+m}. */
  FIVE_MIN(32, 64 + 320),
  /** As {@link #NIBBLE_K}, with fifth bits after the nibbles. */
  FIVE_K(256, 64 + 8 * (32 + 320)),
  /**
   * Half vector d; 8 times: signed byte vectors s0, s1 for the first and last 16 inputs; nibbles;
   * fifth and sixth bits. Value {@code (d·s)(n−32)}.
   */
  SIX_K(256, 32 + 8 * (32 + 384)),
  /** Half vector d; bytes. Value {@code d·n}. */
  BYTE(32, 32 + 512),
  /**
   * Float vectors s0, m0, s1, m1 for the first and last 16 inputs; bytes. Value {@code s·n+m}.
   * Holds exactly every type that has no layout of its own.
   */
  BYTE_SCALED(32, 256 + 512),
  /** Float vector s; bytes that are E4M3 floats. Value {@code s·f}. */
  EIGHT_FLOAT(32, 64 + 512),
  /**
   * Byte vector e, powers of two as E8M0; nibbles that are E2M1 floats. Value {@code 2^(e−127)·f}.
   */
  FOUR_FLOAT(32, 16 + 256),
  /** One half vector an input. */
  HALF(1, 32),
  /** One vector of upper halves of floats an input. */
  BFLOAT(1, 32),
  /** One float vector an input. */
  FLOAT(1, 64);

  /** The rows of a group. */
  public static final int GROUP_ROWS = 16;

  private final int tileColumns;
  private final int tileBytes;

  Layout(int tileColumns, int tileBytes) {
    this.tileColumns = tileColumns;
    this.tileBytes = tileBytes;
  }

  /** The inputs of a tile. */
  public int tileColumns() {
    return tileColumns;
  }

  /** The bytes of a tile. */
  public int tileBytes() {
    return tileBytes;
  }
}

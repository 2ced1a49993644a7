// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.util.Arrays;

/**
 * The printable characters that stand for bytes in byte-level vocabularies: 33–126, 161–172 and
 * 174–255 for themselves, the other 68 bytes in order from U+0100.
 */
final class ByteAlphabet {
  private static final char[] CHARACTERS = new char[256];
  private static final short[] BYTES = new short[0x100 + 68];

  static {
    Arrays.fill(BYTES, (short) -1);
    char next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
      CHARACTERS[b] = printable ? (char) b : next++;
      BYTES[CHARACTERS[b]] = (short) b;
    }
  }

  private ByteAlphabet() {}

  /** The character that stands for a byte, given as 0 to 255. */
  static char character(int b) {
    return CHARACTERS[b];
  }

  /** The byte that a character stands for, or −1. */
  static int byteOf(char character) {
    return character < BYTES.length ? BYTES[character] : -1;
  }
}

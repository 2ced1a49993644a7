// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

/**
 * Decodes UTF-8 byte by byte. A character comes out when its last byte is in, and what can be no
 * part of a character comes out as U+FFFD. Not thread-safe.
 */
final class Utf8Decoder {
  private static final char REPLACEMENT = '\ufffd';

  private final boolean replaceEachByte;
  private final StringBuilder text = new StringBuilder();
  private int needed;
  private int seen;
  private int character;
  private int least;
  private int most;

  /**
   * A decoder at the start of a text.
   *
   * @param replaceEachByte whether a broken character becomes as many U+FFFD as it has bytes, and
   *     not one
   */
  Utf8Decoder(boolean replaceEachByte) {
    this.replaceEachByte = replaceEachByte;
  }

  void append(byte[] bytes) {
    for (byte b : bytes) {
      append(b & 0xff);
    }
  }

  /** Takes one byte, given as 0 to 255. */
  void append(int b) {
    if (needed > 0) {
      if (b >= least && b <= most) {
        character = character << 6 | b & 0x3f;
        least = 0x80;
        most = 0xbf;
        seen++;
        if (--needed == 0) {
          text.appendCodePoint(character);
        }
        return;
      }
      replacePending();
    }
    begin(b);
  }

  private void begin(int b) {
    least = 0x80;
    most = 0xbf;
    seen = 1;
    if (b < 0x80) {
      text.append((char) b);
    } else if (b >= 0xc2 && b <= 0xdf) {
      needed = 1;
      character = b & 0x1f;
    } else if (b >= 0xe0 && b <= 0xef) {
      needed = 2;
      character = b & 0xf;
      least = b == 0xe0 ? 0xa0 : 0x80;
      most = b == 0xed ? 0x9f : 0xbf;
    } else if (b >= 0xf0 && b <= 0xf4) {
      needed = 3;
      character = b & 7;
      least = b == 0xf0 ? 0x90 : 0x80;
      most = b == 0xf4 ? 0x8f : 0xbf;
    } else {
      text.append(REPLACEMENT);
    }
  }

  /** How many bytes a character takes. */
  static int length(int codePoint) {
    return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }

  /** Ends the text: a character that has begun is broken. */
  void finish() {
    replacePending();
  }

  private void replacePending() {
    if (needed > 0) {
      text.repeat(REPLACEMENT, replaceEachByte ? seen : 1);
      needed = 0;
    }
  }

  /** The characters that came out since the last call. */
  String take() {
    String taken = text.toString();
    text.setLength(0);
    return taken;
  }
}

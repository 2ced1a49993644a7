// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/** Checks names in place, without allocation. */
final class Utf8 {
  private Utf8() {}

  /** Whether bytes are well-formed UTF-8 (Unicode, table 3-7) without control characters. */
  static boolean isText(MemorySegment bytes, long from, long to) {
    long at = from;
    while (at < to) {
      int lead = u8(bytes, at++);
      if (lead < 0x80) {
        if (lead < 0x20 || lead == 0x7f) {
          return false;
        }
        continue;
      }
      int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
      if (lead < 0xc2 || lead > 0xf4 || to - at < more) {
        return false;
      }
      int second = u8(bytes, at++);
      int least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : lead == 0xc2 ? 0xa0 : 0x80;
      int most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
      if (second < least || second > most) {
        return false;
      }
      for (int i = 1; i < more; i++) {
        int next = u8(bytes, at++);
        if (next < 0x80 || next > 0xbf) {
          return false;
        }
      }
    }
    return true;
  }

  private static int u8(MemorySegment bytes, long at) {
    return bytes.get(JAVA_BYTE, at) & 0xff;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

/** The escapes of Python's string literals. */
final class Escapes {
  private Escapes() {}

  /**
   * Reads what follows a backslash.
   *
   * @param at the place after the backslash
   * @param value takes the character
   * @return the place after the escape
   */
  static int read(String source, int at, StringBuilder value) {
    char kind = source.charAt(at);
    switch (kind) {
      case '\n' -> {}
      case 'n' -> value.append('\n');
      case 't' -> value.append('\t');
      case 'r' -> value.append('\r');
      case 'a' -> value.append('\u0007');
      case 'b' -> value.append('\b');
      case 'f' -> value.append('\f');
      case 'v' -> value.append('\u000b');
      case '\\', '\'', '"' -> value.append(kind);
      case 'x' -> {
        return hexadecimal(source, at, 2, value);
      }
      case 'u' -> {
        return hexadecimal(source, at, 4, value);
      }
      case 'U' -> {
        return hexadecimal(source, at, 8, value);
      }
      case 'N' -> throw new SyntaxFault(at, "characters by name (\\N) are not supported");
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        int end = at;
        int code = 0;
        while (end < source.length()
            && end < at + 3
            && Character.digit(source.charAt(end), 8) >= 0) {
          code = 8 * code + source.charAt(end++) - '0';
        }
        value.append((char) code);
        return end;
      }
      default -> value.append('\\').append(kind);
    }
    return at + 1;
  }

  private static int hexadecimal(String source, int at, int digits, StringBuilder value) {
    int end = at + 1 + digits;
    int code = 0;
    for (int i = at + 1; i < end; i++) {
      int digit = i < source.length() ? Character.digit(source.charAt(i), 16) : -1;
      if (digit < 0 || code > Character.MAX_CODE_POINT >> 4) {
        throw new SyntaxFault(at, "malformed escape; expected " + digits + " hexadecimal digits");
      }
      code = code << 4 | digit;
    }
    if (!Character.isValidCodePoint(code)) {
      throw new SyntaxFault(at, "malformed escape; expected a character up to U+10FFFF");
    }
    value.appendCodePoint(code);
    return end;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.coterie.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Reads JSON in a mapped file from front to back. It takes only what RFC 8259 allows, allocates
 * nothing but what it is asked for, and its faults name the byte. Strings are read in place:
 * positions stand for them, and {@link #codePoint} steps through them.
 */
final class JsonText {
  /** What {@link #codePoint} answers at the end of a string. */
  static final int END = -1;

  private final Path path;
  private final MemorySegment file;
  private final long end;
  private long position;

  /**
   * A text.
   *
   * @param path for faults
   * @param file holds the text
   * @param from where it begins
   * @param end where it ends
   */
  JsonText(Path path, MemorySegment file, long from, long end) {
    this.path = path;
    this.file = file;
    this.position = from;
    this.end = end;
  }

  long position() {
    return position;
  }

  void position(long to) {
    position = to;
  }

  /** The same text from a position on. */
  JsonText at(long from) {
    return new JsonText(path, file, from, end);
  }

  ModelFormatException fault(long at, String detail) {
    return new ModelFormatException(path, at, detail);
  }

  /** Steps over a sign, and white space before it. */
  void expect(char sign) {
    space();
    if (position >= end || u8(position) != sign) {
      throw unexpected("'" + sign + "'");
    }
    position++;
  }

  /** Steps over a sign if it is the next, and white space before it. */
  boolean take(char sign) {
    space();
    if (position < end && u8(position) == sign) {
      position++;
      return true;
    }
    return false;
  }

  /** Steps over a comma, or over the sign that ends a list; whether it was the comma. */
  boolean more(char last) {
    if (take(',')) {
      return true;
    }
    if (!take(last)) {
      throw unexpected("',' or '" + last + "'");
    }
    return false;
  }

  /** Checks that nothing but white space is left. */
  void finish() {
    space();
    if (position < end) {
      throw unexpected("the end of the header");
    }
  }

  /** Steps over a string, and white space before it; where its content begins. */
  long string(String what) {
    space();
    if (position >= end || u8(position) != '"') {
      throw unexpected(what);
    }
    position++;
    long content = position;
    while (codePoint() != END) {
      // only to check it
    }
    return content;
  }

  /** Steps over an integer that is not negative, and white space before it. */
  long natural(String what) {
    space();
    long at = position;
    long value = 0;
    while (position < end && u8(position) >= '0' && u8(position) <= '9') {
      int digit = u8(position) - '0';
      if (value > (Long.MAX_VALUE - digit) / 10) {
        throw fault(at, "expected " + what + " below 2^63, found a greater one");
      }
      value = 10 * value + digit;
      position++;
    }
    boolean fraction = position < end && ".eE".indexOf(u8(position)) >= 0;
    if (position == at || fraction || (position - at > 1 && u8(at) == '0')) {
      position = at;
      throw unexpected(what);
    }
    return value;
  }

  /** Steps over one character of a string; {@link #END} if the string ends here. */
  int codePoint() {
    int first = position < end ? u8(position) : 0;
    if (first >= 0x20 && first < 0x80 && first != '\\') {
      position++;
      return first == '"' ? END : first;
    }
    if (first == '\\') {
      return escape();
    }
    int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    int value = first & (0x3f >> more);
    boolean valid = first >= 0xc0 && first < 0xf8 && position + more < end;
    for (int i = 1; valid && i <= more; i++) {
      int next = u8(position + i);
      valid = (next & 0xc0) == 0x80;
      value = value << 6 | (next & 0x3f);
    }
    int least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
    boolean surrogate = value >= 0xd800 && value < 0xe000;
    if (!valid || value < least || value > Character.MAX_CODE_POINT || surrogate) {
      throw fault(position, "expected a string in UTF-8 that ends with '\"'" + found());
    }
    position += 1 + more;
    return value;
  }

  /** Whether the string whose content begins at a position has this text; does not move. */
  boolean equal(long content, String text) {
    long back = position;
    position = content;
    boolean equal = true;
    for (int i = 0; i < text.length() && equal; i += Character.charCount(text.codePointAt(i))) {
      equal = codePoint() == text.codePointAt(i);
    }
    equal = equal && codePoint() == END;
    position = back;
    return equal;
  }

  /** Whether two strings are the same; does not move. */
  boolean equal(long content, long other) {
    long back = position;
    int left = 0;
    int right = 0;
    while (left == right && left != END) {
      position = content;
      left = codePoint();
      content = position;
      position = other;
      right = codePoint();
      other = position;
    }
    position = back;
    return left == right;
  }

  /** The string whose content begins at a position; does not move. */
  String text(long content) {
    JsonText string = at(content);
    StringBuilder text = new StringBuilder();
    for (int c = string.codePoint(); c != END; c = string.codePoint()) {
      text.appendCodePoint(c);
    }
    return text.toString();
  }

  private int escape() {
    long at = position;
    int kind = position + 1 < end ? u8(position + 1) : 0;
    position += 2;
    return switch (kind) {
      case '"', '\\', '/' -> kind;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int high = hexadecimal(at);
        if (Character.isHighSurrogate((char) high)
            && position + 1 < end
            && u8(position) == '\\'
            && u8(position + 1) == 'u') {
          position += 2;
          int low = hexadecimal(at);
          if (Character.isLowSurrogate((char) low)) {
            yield Character.toCodePoint((char) high, (char) low);
          }
        }
        if (Character.isSurrogate((char) high)) {
          throw fault(at, "expected a pair of surrogates, found one alone");
        }
        yield high;
      }
      default -> throw fault(at, "expected a string, found an escape that JSON does not have");
    };
  }

  private int hexadecimal(long at) {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      int digit = position < end ? Character.digit(u8(position++), 16) : -1;
      if (digit < 0) {
        throw fault(at, "expected a string, found an escape that JSON does not have");
      }
      value = 16 * value + digit;
    }
    return value;
  }

  private void space() {
    while (position < end && " \t\n\r".indexOf(u8(position)) >= 0) {
      position++;
    }
  }

  private ModelFormatException unexpected(String what) {
    return fault(position, "expected " + what + found());
  }

  private String found() {
    if (position >= end) {
      return ", found the end of the header";
    }
    int sign = u8(position);
    return sign > 0x20 && sign < 0x7f
        ? ", found '" + (char) sign + "'"
        : String.format(Locale.ROOT, ", found the byte 0x%02x", sign);
  }

  private int u8(long at) {
    return file.get(JAVA_BYTE, at) & 0xff;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.coterie.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Reads a mapped file from front to back. Nothing is read, skipped or counted before it is known to
 * lie within the file; every fault names the file, the byte and the entry being read.
 */
final class GgufCursor {
  /** The most entries of an array and the most bytes of a string. */
  static final int LONGEST = 1 << 24;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private final Path path;
  private final MemorySegment file;
  private long position;
  private String subject = "";
  private long subjectAt = -1;

  GgufCursor(Path path, MemorySegment file, long position) {
    this.path = path;
    this.file = file;
    this.position = position;
  }

  long position() {
    return position;
  }

  long remaining() {
    return file.byteSize() - position;
  }

  /** Lets faults from here on begin with a kind and the name that lies at an offset. */
  void subject(String kind, long nameAt) {
    subject = kind;
    subjectAt = nameAt;
  }

  /** Lets faults from here on begin with nothing. */
  void noSubject() {
    subjectAt = -1;
  }

  int u8(String what) {
    return file.get(ValueLayout.JAVA_BYTE, take(1, what)) & 0xff;
  }

  short i16(String what) {
    return file.get(SHORT, take(2, what));
  }

  int i32(String what) {
    return file.get(INT, take(4, what));
  }

  long i64(String what) {
    return file.get(LONG, take(8, what));
  }

  /** A count of entries that each take some bytes at least, checked against what remains. */
  int count(String what, long leastBytes, int most) {
    long at = position;
    long count = i64(what);
    long limit = Math.min(most, remaining() / leastBytes);
    if (count < 0 || count > limit) {
      throw fault(
          at,
          "expected " + what + " of at most " + limit + ", found " + Long.toUnsignedString(count));
    }
    return (int) count;
  }

  /** Steps over bytes. */
  void skip(long bytes, String what) {
    take(bytes, what);
  }

  /** Steps over a string and returns its length in bytes. */
  int skipString(String what) {
    int length = count(what, 1, LONGEST);
    position += length;
    return length;
  }

  /** Steps over the name of an entry, which must be text; it becomes the subject. */
  void skipName(String kind, int most) {
    long at = position;
    noSubject();
    int length = count("a name", 1, most);
    if (length == 0 || !Utf8.isText(file, position, position + length)) {
      throw fault(
          at,
          length == 0
              ? "expected the name of a " + kind + ", found an empty one"
              : "expected the name of a "
                  + kind
                  + " in UTF-8 without control characters, found "
                  + quote(rawString(at)));
    }
    position += length;
    subject(kind, at);
  }

  /** A string; bytes that are not UTF-8 become U+FFFD. */
  String string(String what) {
    int length = count(what, 1, LONGEST);
    byte[] bytes = new byte[length];
    MemorySegment.copy(file, position, MemorySegment.ofArray(bytes), 0, length);
    position += length;
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** A fault at an offset. */
  ModelFormatException fault(long at, String detail) {
    String name = subjectAt >= 0 ? subject + " " + quote(rawString(subjectAt)) + ": " : "";
    return new ModelFormatException(path, at, name + detail);
  }

  /** Text from a file, fit for a message: cut short and without control characters. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("'");
    int end = Math.min(text.length(), 80);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      quoted.append(Character.isISOControl(c) ? String.format(Locale.ROOT, "\\u%04x", (int) c) : c);
    }
    return quoted.append(text.length() > end ? "…'" : "'").toString();
  }

  private String rawString(long at) {
    return new GgufCursor(path, file, at).string("a name");
  }

  private long take(long bytes, String what) {
    if (bytes < 0 || bytes > remaining()) {
      throw fault(
          position,
          "expected "
              + bytes
              + " bytes of "
              + what
              + ", found "
              + remaining()
              + "; the file is cut short");
    }
    long at = position;
    position += bytes;
    return at;
  }
}

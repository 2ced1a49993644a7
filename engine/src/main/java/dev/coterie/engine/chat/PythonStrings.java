// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

/** String methods that chat templates call, as Python has them. */
final class PythonStrings {
  private PythonStrings() {}

  /** Without white space at either end. */
  static String strip(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (to > from && isSpace(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  /** Without line feeds at the beginning. */
  static String stripLeadingLineFeeds(String text) {
    int from = 0;
    while (from < text.length() && text.charAt(from) == '\n') {
      from++;
    }
    return text.substring(from);
  }

  /** Without line feeds at the end. */
  static String stripTrailingLineFeeds(String text) {
    int to = text.length();
    while (to > 0 && text.charAt(to - 1) == '\n') {
      to--;
    }
    return text.substring(0, to);
  }

  /** What comes after the last occurrence of a separator; all of the text if there is none. */
  static String afterLast(String text, String separator) {
    int at = text.lastIndexOf(separator);
    return at < 0 ? text : text.substring(at + separator.length());
  }

  /** What comes after the first occurrence of a separator; all of the text if there is none. */
  static String afterFirst(String text, String separator) {
    int at = text.indexOf(separator);
    return at < 0 ? text : text.substring(at + separator.length());
  }

  /** What comes before the first occurrence of a separator; all of the text if there is none. */
  static String beforeFirst(String text, String separator) {
    int at = text.indexOf(separator);
    return at < 0 ? text : text.substring(0, at);
  }

  private static boolean isSpace(char character) {
    return Character.isWhitespace(character)
        || Character.isSpaceChar(character)
        || character == '\u0085';
  }
}

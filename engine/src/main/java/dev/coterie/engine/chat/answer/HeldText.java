// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import java.util.List;
import java.util.function.IntPredicate;

/** Text that has arrived and is not given out yet. For use by one thread. */
final class HeldText {
  static final int NONE = -1;

  private final StringBuilder text = new StringBuilder();

  void append(String more) {
    text.append(more);
  }

  boolean isEmpty() {
    return text.isEmpty();
  }

  int length() {
    return text.length();
  }

  char charAt(int index) {
    return text.charAt(index);
  }

  int indexOf(String marker, int from) {
    return text.indexOf(marker, from);
  }

  boolean startsWith(String marker, int at) {
    return text.indexOf(marker, at) == at;
  }

  /** Whether the text from a place on is a marker's beginning and no whole one. */
  boolean mayBecome(String marker, int at) {
    int length = text.length() - at;
    return length < marker.length() && marker.startsWith(text.substring(at));
  }

  /** Where what may become one of some markers begins; the text's end if nothing may. */
  int beginningOf(List<String> markers) {
    int longest = markers.stream().mapToInt(String::length).max().orElse(0);
    for (int at = Math.max(0, text.length() - longest + 1); at < text.length(); at++) {
      for (String marker : markers) {
        if (mayBecome(marker, at)) {
          return at;
        }
      }
    }
    return text.length();
  }

  /** The first place from {@code at} on whose character is another. */
  int skip(int at, IntPredicate skipped) {
    int end = at;
    while (end < text.length() && skipped.test(text.charAt(end))) {
      end++;
    }
    return end;
  }

  /** Where the characters of a kind begin that end at a place. */
  int skipBack(int end, IntPredicate skipped) {
    int at = end;
    while (at > 0 && skipped.test(text.charAt(at - 1))) {
      at--;
    }
    return at;
  }

  /** Takes the first characters. */
  String take(int length) {
    String taken = text.substring(0, length);
    text.delete(0, length);
    return taken;
  }

  String takeAll() {
    return take(text.length());
  }
}

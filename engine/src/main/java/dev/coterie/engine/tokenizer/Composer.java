// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Brings text into Unicode's form C in time that grows with its length. The JDK's normalizer puts
 * each combining mark in its place by moving those after it, so that a long run of marks in the
 * wrong order takes quadratic time; such runs are sorted first, which does not change the form.
 */
final class Composer {
  private static final int LONG_RUN = 64;

  /** Marks of the lowest and of the highest combining class. */
  private static final String LOWEST = "\u0334";

  private static final String HIGHEST = "\u0345";

  private Composer() {}

  static String compose(String text) {
    StringBuilder sorted = null;
    int done = 0;
    int end;
    for (int at = 0; at < text.length(); at = Math.max(end, at + 1)) {
      end = runEnd(text, at);
      if (end - at > LONG_RUN) {
        sorted = sorted == null ? new StringBuilder(text.length()) : sorted;
        sorted.append(text, done, at);
        sort(text.substring(at, end), sorted);
        done = end;
      }
    }
    String ordered = sorted == null ? text : sorted.append(text, done, text.length()).toString();
    return Normalizer.normalize(ordered, Normalizer.Form.NFC);
  }

  /** Whether a character is a mark, which may belong to what is before it. */
  static boolean isMark(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK ->
          true;
      default -> false;
    };
  }

  private static int runEnd(String text, int from) {
    int at = from;
    while (at < text.length() && isMark(text.codePointAt(at))) {
      at += Character.charCount(text.codePointAt(at));
    }
    return at;
  }

  private static void sort(String run, StringBuilder sorted) {
    Map<Integer, String> decomposed = new HashMap<>();
    StringBuilder whole = new StringBuilder(run.length());
    run.codePoints().forEach(c -> whole.append(decomposed.computeIfAbsent(c, Composer::decompose)));
    int[] marks = whole.codePoints().toArray();
    Map<Integer, Integer> classes = classes(marks);
    int from = 0;
    for (int i = 0; i <= marks.length; i++) {
      if (i == marks.length || classes.getOrDefault(marks[i], 0) == 0) { // order ends at class 0
        Integer[] part = Arrays.stream(marks, from, i).boxed().toArray(Integer[]::new);
        Arrays.sort(part, (a, b) -> Integer.compare(rank(classes, a), rank(classes, b)));
        for (int mark : part) {
          sorted.appendCodePoint(mark);
        }
        if (i < marks.length) {
          sorted.appendCodePoint(marks[i]);
        }
        from = i + 1;
      }
    }
  }

  private static int rank(Map<Integer, Integer> classes, int mark) {
    return classes.getOrDefault(mark, 0);
  }

  /** Numbers in the order of the combining classes of marks; 0 is class 0. */
  private static Map<Integer, Integer> classes(int[] marks) {
    String[] distinct =
        Arrays.stream(marks)
            .distinct()
            .mapToObj(Character::toString)
            .filter(mark -> isSwapped(mark, LOWEST) || isSwapped(HIGHEST, mark))
            .sorted((a, b) -> isSwapped(a, b) ? 1 : isSwapped(b, a) ? -1 : 0)
            .toArray(String[]::new);
    Map<Integer, Integer> classes = new HashMap<>();
    int number = 0;
    for (int i = 0; i < distinct.length; i++) {
      number += i == 0 || isSwapped(distinct[i], distinct[i - 1]) ? 1 : 0;
      classes.put(distinct[i].codePointAt(0), number);
    }
    return classes;
  }

  /** Whether the second of two marks goes before the first. */
  private static boolean isSwapped(String first, String second) {
    return !first.equals(second)
        && Normalizer.normalize(first + second, Normalizer.Form.NFD).equals(second + first);
  }

  private static String decompose(int codePoint) {
    return Normalizer.normalize(Character.toString(codePoint), Normalizer.Form.NFD);
  }
}

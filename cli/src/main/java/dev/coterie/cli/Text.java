// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text for people: numbers with units, and strings from strangers made harmless. */
final class Text {
  private static final String[] BYTE_UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private static final Pattern SIZE = Pattern.compile("(\\d{1,12})([KMGT]?)");
  private static final String SIZE_UNITS = "KMGT";

  private Text() {}

  /**
   * A number of bytes such as {@code 2G}, in units of 1024.
   *
   * @param option whose value it is
   * @throws CommandException if it is none
   */
  static long size(String option, String text) {
    Matcher matcher = SIZE.matcher(text.toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw CommandException.usage(
          option + ": expected a size such as 2G or 500M, found '" + text + "'");
    }
    int power = matcher.group(2).isEmpty() ? 0 : SIZE_UNITS.indexOf(matcher.group(2)) + 1;
    try {
      return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << (10 * power));
    } catch (ArithmeticException e) {
      throw CommandException.usage(option + ": '" + text + "' is too large");
    }
  }

  /** A size such as {@code 93.81 MiB}. */
  static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : decimal(value) + " " + BYTE_UNITS[unit];
  }

  /** A count such as {@code 134.52 M}. */
  static String count(long count) {
    if (count >= 1_000_000_000) {
      return decimal(count / 1e9) + " B";
    }
    if (count >= 1_000_000) {
      return decimal(count / 1e6) + " M";
    }
    return count >= 1_000 ? decimal(count / 1e3) + " K" : Long.toString(count);
  }

  /** A number with two decimals. */
  static String decimal(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  /** Puts text on one line and shows control characters as escapes. */
  static String oneLine(String text) {
    return printable(text.strip().replaceAll("\\s*[\\r\\n]+\\s*", " "), false);
  }

  /**
   * Shows control characters as escapes, so that text from a model file or a model cannot steer the
   * terminal.
   *
   * @param text the text
   * @param layout whether line ends and tabs stay as they are
   */
  static String printable(String text, boolean layout) {
    StringBuilder escaped = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean harmless =
          !Character.isISOControl(c) || (layout && (c == '\n' || c == '\t' || c == '\r'));
      if (harmless && escaped == null) {
        continue;
      }
      if (escaped == null) {
        escaped = new StringBuilder(text.length() + 16).append(text, 0, i);
      }
      if (harmless) {
        escaped.append(c);
      } else {
        escaped.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      }
    }
    return escaped == null ? text : escaped.toString();
  }
}

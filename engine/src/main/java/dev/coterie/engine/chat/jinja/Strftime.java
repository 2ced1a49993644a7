// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The date in Python's formats, in English. */
final class Strftime {
  private final ZonedDateTime now;
  private final Budget budget;
  private final Map<Character, String> parts = new HashMap<>();

  Strftime(Clock clock, Budget budget) {
    this.now = ZonedDateTime.now(clock);
    this.budget = budget;
  }

  Text format(Text format) {
    String pattern = format.value();
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char character = pattern.charAt(i);
      budget.limit(out.length());
      if (character != '%' || i == pattern.length() - 1) {
        out.append(character);
        continue;
      }
      budget.spend(4);
      char directive = pattern.charAt(++i);
      boolean plain = directive == '-' && i + 1 < pattern.length();
      if (plain) {
        directive = pattern.charAt(++i);
      }
      String part = parts.computeIfAbsent(directive, this::part);
      out.append(plain ? part.replaceFirst("^[0 ]+(?=.)", "") : part);
    }
    budget.make(out.length());
    return format.with(out.toString());
  }

  private String part(char directive) {
    return switch (directive) {
      case 'Y' -> by("yyyy");
      case 'y' -> by("yy");
      case 'm' -> by("MM");
      case 'B' -> by("MMMM");
      case 'b', 'h' -> by("MMM");
      case 'd' -> by("dd");
      case 'e' -> by("ppd");
      case 'j' -> by("DDD");
      case 'A' -> by("EEEE");
      case 'a' -> by("EEE");
      case 'u' -> String.valueOf(now.getDayOfWeek().getValue());
      case 'w' -> String.valueOf(now.getDayOfWeek().getValue() % 7);
      case 'H' -> by("HH");
      case 'I' -> by("hh");
      case 'M' -> by("mm");
      case 'S' -> by("ss");
      case 'f' -> by("SSSSSS");
      case 'p' -> now.getHour() < 12 ? "AM" : "PM";
      case 'D', 'x' -> by("MM/dd/yy");
      case 'F' -> by("yyyy-MM-dd");
      case 'T', 'X' -> by("HH:mm:ss");
      case 'R' -> by("HH:mm");
      case 'c' -> by("EEE MMM ppd HH:mm:ss yyyy");
      case 'Z', 'z' -> ""; // datetime.now() knows no zone
      case 'n' -> "\n";
      case 't' -> "\t";
      case '%' -> "%";
      default -> throw new Fault("strftime_now: unknown directive '%" + directive + "'");
    };
  }

  private String by(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(now);
  }
}

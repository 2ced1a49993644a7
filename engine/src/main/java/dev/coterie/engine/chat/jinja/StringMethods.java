// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The methods of Python's strings. What they take from a text keeps what was said. */
final class StringMethods {
  private final Text text;
  private final String value;
  private final Budget budget;

  StringMethods(Text text, Budget budget) {
    this.text = text;
    this.value = text.value();
    this.budget = budget;
  }

  /** A method, or null if there is none of the name. */
  static @Nullable Callable find(Text text, String name, Budget budget) {
    StringMethods methods = new StringMethods(text, budget);
    return switch (name) {
      case "strip", "lstrip", "rstrip" ->
          arguments -> {
            Object characters = arguments.bind(name, 0, "chars").get(0, None.NONE);
            return methods.strip(name, characters);
          };
      case "split", "rsplit" ->
          arguments -> {
            Arguments.Bound bound = arguments.bind(name, 0, "sep", "maxsplit");
            return methods.split(bound, name.equals("rsplit"));
          };
      case "splitlines" ->
          arguments -> methods.lines(arguments.bind(name, 0, "keepends").flag(0, false));
      case "partition", "rpartition" ->
          arguments ->
              methods.partition(arguments.bind(name, 1, "sep").text(0), name.equals("rpartition"));
      case "startswith", "endswith" ->
          arguments -> methods.borders(arguments.bind(name, 1, "prefix").get(0), name);
      case "replace" ->
          arguments -> {
            Arguments.Bound bound = arguments.bind(name, 2, "old", "new", "count");
            return methods.replace(bound.text(0), bound.text(1), bound.integer(2, -1));
          };
      case "removeprefix" ->
          arguments -> {
            String prefix = arguments.bind(name, 1, "prefix").text(0).value();
            return methods.value.startsWith(prefix)
                ? text.part(prefix.length(), methods.value.length())
                : text;
          };
      case "removesuffix" ->
          arguments -> {
            String suffix = arguments.bind(name, 1, "suffix").text(0).value();
            return methods.value.endsWith(suffix)
                ? text.part(0, methods.value.length() - suffix.length())
                : text;
          };
      case "find", "rfind", "index", "rindex", "count" ->
          arguments -> methods.search(name, arguments.bind(name, 1, "sub").text(0).value());
      case "join" ->
          arguments -> TextFilters.join(arguments.bind(name, 1, "iterable").get(0), text, budget);
      case "lower", "casefold" ->
          mapped(methods, name, () -> text.with(methods.value.toLowerCase(Locale.ROOT)));
      case "upper" ->
          mapped(methods, name, () -> text.with(methods.value.toUpperCase(Locale.ROOT)));
      case "title" -> mapped(methods, name, () -> text.with(titled(methods.value)));
      case "capitalize" -> mapped(methods, name, () -> text.with(capitalized(methods.value)));
      case "swapcase" -> mapped(methods, name, () -> text.with(swapped(methods.value)));
      case "isdigit", "isdecimal", "isnumeric" -> all(methods, name, Character::isDigit);
      case "isalpha" -> all(methods, name, Character::isLetter);
      case "isalnum" -> all(methods, name, Character::isLetterOrDigit);
      case "isspace" -> all(methods, name, c -> c < 0x10000 && PythonStrings.isSpace((char) c));
      case "isascii" -> mapped(methods, name, () -> methods.value.chars().allMatch(c -> c < 0x80));
      case "isupper" -> cased(methods, name, Character::isUpperCase, Character::isLowerCase);
      case "islower" -> cased(methods, name, Character::isLowerCase, Character::isUpperCase);
      case "center", "ljust", "rjust" ->
          arguments -> {
            Arguments.Bound bound = arguments.bind(name, 1, "width", "fillchar");
            return methods.pad(name, bound.integer(0), bound.text(1, " "));
          };
      case "zfill" -> arguments -> methods.zeros(arguments.bind(name, 1, "width").integer(0));
      case "format" -> arguments -> Formats.braces(text, arguments, budget);
      default -> null;
    };
  }

  private static Callable mapped(StringMethods methods, String name, Supplier<Object> result) {
    return arguments -> {
      arguments.none(name);
      methods.budget.make(methods.value.length());
      return result.get();
    };
  }

  private static Callable all(StringMethods methods, String name, IntPredicate kind) {
    return mapped(
        methods, name, () -> !methods.value.isEmpty() && methods.value.codePoints().allMatch(kind));
  }

  private static Callable cased(
      StringMethods methods, String name, IntPredicate wanted, IntPredicate unwanted) {
    return mapped(
        methods,
        name,
        () ->
            methods.value.codePoints().anyMatch(wanted)
                && methods.value.codePoints().noneMatch(unwanted));
  }

  /** Without characters at the ends: white space, or those given. */
  Text strip(String name, Object characters) {
    if (!(characters instanceof Text || characters == None.NONE)) {
      throw new Fault(name + " arg must be None or str");
    }
    int from = 0;
    int to = value.length();
    while (!name.equals("rstrip") && from < to && isStripped(value.codePointAt(from), characters)) {
      from += Character.charCount(value.codePointAt(from));
    }
    while (!name.equals("lstrip")
        && to > from
        && isStripped(value.codePointBefore(to), characters)) {
      to -= Character.charCount(value.codePointBefore(to));
    }
    budget.spend(value.length() / 64);
    return text.part(from, to);
  }

  private static boolean isStripped(int character, Object characters) {
    return characters instanceof Text set
        ? set.value().indexOf(character) >= 0
        : character < 0x10000 && PythonStrings.isSpace((char) character);
  }

  private List<Object> split(Arguments.Bound bound, boolean fromEnd) {
    Object separator = bound.get(0, None.NONE);
    int most = bound.integer(1, -1);
    int limit = most < 0 ? Integer.MAX_VALUE : most;
    budget.make(value.length());
    if (separator == None.NONE) {
      return fromEnd ? wordsFromEnd(limit) : words(limit);
    }
    String by = bound.text(0).value();
    if (by.isEmpty()) {
      throw new Fault("empty separator");
    }
    search(by);
    return fromEnd ? partsFromEnd(by, limit) : parts(by, limit);
  }

  private List<Object> parts(String by, int limit) {
    List<Object> parts = new ArrayList<>();
    int from = 0;
    for (int at = value.indexOf(by); at >= 0 && parts.size() < limit; ) {
      budget.step();
      parts.add(text.part(from, at));
      from = at + by.length();
      at = value.indexOf(by, from);
    }
    parts.add(text.part(from, value.length()));
    return parts;
  }

  private List<Object> partsFromEnd(String by, int limit) {
    List<Object> parts = new ArrayList<>();
    int to = value.length();
    while (parts.size() < limit) {
      budget.step();
      int at = value.lastIndexOf(by, to - by.length());
      if (at < 0) {
        break;
      }
      parts.add(text.part(at + by.length(), to));
      to = at;
    }
    parts.add(text.part(0, to));
    Collections.reverse(parts);
    return parts;
  }

  private List<Object> words(int limit) {
    List<Object> words = new ArrayList<>();
    int at = skip(0, true);
    while (at < value.length()) {
      budget.step();
      if (words.size() == limit) {
        words.add(text.part(at, value.length()));
        break;
      }
      int end = skip(at, false);
      words.add(text.part(at, end));
      at = skip(end, true);
    }
    return words;
  }

  private int skip(int from, boolean spaces) {
    int at = from;
    while (at < value.length() && PythonStrings.isSpace(value.charAt(at)) == spaces) {
      at++;
    }
    return at;
  }

  private int backToWord(int from) {
    int at = from;
    while (at > 0 && PythonStrings.isSpace(value.charAt(at - 1))) {
      at--;
    }
    return at;
  }

  private List<Object> wordsFromEnd(int limit) {
    List<Object> words = new ArrayList<>();
    int to = backToWord(value.length());
    while (to > 0) {
      budget.step();
      int from = to;
      while (from > 0 && !PythonStrings.isSpace(value.charAt(from - 1))) {
        from--;
      }
      if (words.size() == limit) {
        words.add(text.part(0, to));
        break;
      }
      words.add(text.part(from, to));
      to = backToWord(from);
    }
    Collections.reverse(words);
    return words;
  }

  private List<Object> lines(boolean keep) {
    budget.make(value.length());
    List<Object> lines = new ArrayList<>();
    int from = 0;
    int at = 0;
    while (at < value.length()) {
      char character = value.charAt(at++);
      if ("\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029".indexOf(character) < 0) {
        continue;
      }
      int end = at - 1;
      if (character == '\r' && at < value.length() && value.charAt(at) == '\n') {
        at++;
      }
      budget.step();
      lines.add(text.part(from, keep ? at : end));
      from = at;
    }
    if (from < value.length()) {
      lines.add(text.part(from, value.length()));
    }
    return lines;
  }

  private Tuple partition(Text separator, boolean last) {
    search(separator.value());
    int at = last ? value.lastIndexOf(separator.value()) : value.indexOf(separator.value());
    budget.make(value.length());
    if (separator.isEmpty()) {
      throw new Fault("empty separator");
    }
    if (at < 0) {
      return new Tuple(
          last ? List.of(Text.EMPTY, Text.EMPTY, text) : List.of(text, Text.EMPTY, Text.EMPTY));
    }
    int after = at + separator.value().length();
    return new Tuple(
        List.of(text.part(0, at), text.part(at, after), text.part(after, value.length())));
  }

  private boolean borders(Object part, String name) {
    if (part instanceof Tuple(List<Object> parts)) {
      return parts.stream().anyMatch(one -> borders(one, name));
    }
    budget.spend(value.length() / 256);
    if (!(part instanceof Text border)) {
      throw new Fault(
          name + " first arg must be str or a tuple of str, not " + Values.typeName(part));
    }
    return name.equals("startswith")
        ? value.startsWith(border.value())
        : value.endsWith(border.value());
  }

  /** With one part replaced by another, at most so many times; −1 for all. */
  Text replace(Text old, Text other, int count) {
    int left = count < 0 ? Integer.MAX_VALUE : count;
    budget.make(value.length());
    search(old.value());
    TextBuilder replaced = new TextBuilder();
    int from = 0;
    int at = value.indexOf(old.value());
    while (at >= 0 && left-- > 0) {
      budget.make(other.value().length());
      budget.limit((long) replaced.length() + at - from + other.value().length());
      replaced.append(text, from, at).append(other);
      from = at + old.value().length();
      if (old.isEmpty()) {
        if (at == value.length()) {
          break;
        }
        int next = at + Character.charCount(value.codePointAt(at));
        replaced.append(text, at, next);
        from = next;
      }
      at = value.indexOf(old.value(), from);
    }
    return replaced.append(text, from, value.length()).build();
  }

  /** Pays for a search of a part. */
  private void search(String part) {
    budget.spend(1 + (long) value.length() * part.length() / 4096);
  }

  private Object search(String name, String part) {
    search(part);
    if (name.equals("count")) {
      int count = part.isEmpty() ? text.length() + 1 : 0;
      for (int at = 0;
          !part.isEmpty() && (at = value.indexOf(part, at)) >= 0;
          at += part.length()) {
        count++;
      }
      return Numbers.integer(count);
    }
    int at = name.startsWith("r") ? value.lastIndexOf(part) : value.indexOf(part);
    if (at < 0 && name.endsWith("index")) {
      throw new Fault("substring not found");
    }
    return Numbers.integer(at < 0 ? -1 : value.codePointCount(0, at));
  }

  Text pad(String name, int width, Text fill) {
    if (fill.length() != 1) {
      throw new Fault("The fill character must be exactly one character long");
    }
    int missing = width - text.length();
    if (missing <= 0) {
      return text;
    }
    budget.make((long) value.length() + missing);
    int before =
        switch (name) {
          case "ljust" -> 0;
          case "rjust" -> missing;
          default -> missing / 2 + (missing & width & 1);
        };
    TextBuilder padded = new TextBuilder();
    for (int i = 0; i < before; i++) {
      padded.append(fill);
    }
    padded.append(text);
    for (int i = before; i < missing; i++) {
      padded.append(fill);
    }
    return padded.build();
  }

  private Text zeros(int width) {
    int missing = width - text.length();
    if (missing <= 0) {
      return text;
    }
    budget.make((long) value.length() + missing);
    int sign = value.startsWith("-") || value.startsWith("+") ? 1 : 0;
    return new TextBuilder()
        .append(text, 0, sign)
        .append("0".repeat(missing))
        .append(text, sign, value.length())
        .build();
  }

  private static String titled(String value) {
    StringBuilder titled = new StringBuilder();
    boolean inWord = false;
    for (int character : value.codePoints().toArray()) {
      titled.appendCodePoint(
          inWord ? Character.toLowerCase(character) : Character.toTitleCase(character));
      inWord = Character.isLetter(character);
    }
    return titled.toString();
  }

  static String capitalized(String value) {
    if (value.isEmpty()) {
      return value;
    }
    int first = Character.charCount(value.codePointAt(0));
    return Character.toString(Character.toTitleCase(value.codePointAt(0)))
        + value.substring(first).toLowerCase(Locale.ROOT);
  }

  private static String swapped(String value) {
    StringBuilder swapped = new StringBuilder();
    for (int character : value.codePoints().toArray()) {
      swapped.appendCodePoint(
          Character.isUpperCase(character)
              ? Character.toLowerCase(character)
              : Character.toUpperCase(character));
    }
    return swapped.toString();
  }
}

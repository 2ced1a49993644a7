// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Filters that make text. */
final class TextFilters {
  private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);

  private TextFilters() {}

  static void register(Map<String, Filters.Filter> filters) {
    filters.put(
        "trim",
        (value, arguments, evaluator) -> {
          Object characters = arguments.bind("trim", 0, "chars").get(0, None.NONE);
          return methods(value, evaluator).strip("strip", characters);
        });
    for (String name : List.of("upper", "lower", "capitalize")) {
      filters.put(name, (value, arguments, evaluator) -> method(name, value, arguments, evaluator));
    }
    filters.put(
        "title",
        (value, arguments, evaluator) -> {
          arguments.none("title");
          Text text = print(value, evaluator);
          evaluator.budget.make(text.value().length());
          return text.with(titled(text.value()));
        });
    filters.put(
        "replace",
        (value, arguments, evaluator) -> {
          Arguments.Bound bound = arguments.bind("replace", 2, "old", "new", "count");
          Object count = bound.get(2, None.NONE);
          return methods(value, evaluator)
              .replace(
                  print(bound.get(0), evaluator),
                  print(bound.get(1), evaluator),
                  count == None.NONE ? -1 : bound.integer(2));
        });
    filters.put(
        "string",
        (value, arguments, evaluator) -> {
          arguments.none("string");
          return print(value, evaluator);
        });
    filters.put(
        "safe",
        (value, arguments, evaluator) -> {
          arguments.none("safe");
          return print(value, evaluator).asMarkup();
        });
    for (String name : List.of("escape", "e", "forceescape")) {
      filters.put(
          name,
          (value, arguments, evaluator) -> {
            arguments.none(name);
            Text text = print(value, evaluator);
            evaluator.budget.make(6L * text.value().length());
            return (text.isMarkup() && !name.equals("forceescape") ? text : escape(text))
                .asMarkup();
          });
    }
    filters.put(
        "format",
        (value, arguments, evaluator) -> {
          Object values =
              arguments.named().isEmpty()
                  ? new Tuple(arguments.positional())
                  : named(arguments.named());
          return Formats.percent(print(value, evaluator), values, evaluator.budget);
        });
    filters.put(
        "center",
        (value, arguments, evaluator) -> {
          int width = arguments.bind("center", 0, "width").integer(0, 80);
          return methods(value, evaluator).pad("center", width, Text.written(" "));
        });
    filters.put(
        "indent",
        (value, arguments, evaluator) -> {
          Arguments.Bound bound = arguments.bind("indent", 0, "width", "first", "blank");
          Text by =
              bound.get(0, Numbers.integer(4)) instanceof Text prefix
                  ? prefix
                  : Text.written(spaces(bound.integer(0, 4), evaluator.budget));
          if (value instanceof Undefined undefined) {
            throw undefined.fault();
          }
          if (!(value instanceof Text text)) {
            throw new Fault(
                "unsupported operand type(s) for +=: '" + Values.typeName(value) + "' and 'str'");
          }
          return indent(text, by, bound.flag(1, false), bound.flag(2, false), evaluator.budget);
        });
    filters.put(
        "join",
        (value, arguments, evaluator) -> {
          Arguments.Bound bound = arguments.bind("join", 0, "d", "attribute");
          Object items = value;
          if (bound.find(1) != null) {
            items = SequenceFilters.attributes(value, bound.get(1), evaluator);
          }
          return join(items, print(bound.get(0, Text.EMPTY), evaluator), evaluator.budget);
        });
    filters.put(
        "wordcount",
        (value, arguments, evaluator) -> {
          arguments.none("wordcount");
          return Numbers.integer(WORD.matcher(print(value, evaluator).value()).results().count());
        });
    filters.put("urlencode", TextFilters::urlEncode);
    filters.put("truncate", TextFilters::truncate);
  }

  /** With words capitalized that begin the text or follow a space, a hyphen or a bracket. */
  private static String titled(String value) {
    StringBuilder titled = new StringBuilder();
    boolean begins = true;
    for (int character : value.codePoints().toArray()) {
      boolean between =
          character < 0x10000
              && (PythonStrings.isSpace((char) character) || "-({[<".indexOf(character) >= 0);
      String one = Character.toString(character);
      titled.append(begins ? one.toUpperCase(Locale.ROOT) : one.toLowerCase(Locale.ROOT));
      begins = between;
    }
    return titled.toString();
  }

  private static Map<Object, Object> named(Map<String, Object> named) {
    Map<Object, Object> values = new LinkedHashMap<>();
    named.forEach((name, value) -> values.put(Text.written(name), value));
    return values;
  }

  private static Text print(Object value, Evaluator evaluator) {
    return Printer.print(value, evaluator.budget);
  }

  private static StringMethods methods(Object value, Evaluator evaluator) {
    return new StringMethods(print(value, evaluator), evaluator.budget);
  }

  private static Object method(
      String name, Object value, Arguments arguments, Evaluator evaluator) {
    @Nullable Callable method = StringMethods.find(print(value, evaluator), name, evaluator.budget);
    if (method == null) {
      throw new AssertionError(name);
    }
    return method.call(arguments);
  }

  private static String spaces(int count, Budget budget) {
    budget.make(Math.max(0, count));
    return " ".repeat(Math.max(0, count));
  }

  private static Text indent(Text text, Text by, boolean first, boolean blank, Budget budget) {
    String value = text.value();
    TextBuilder indented = new TextBuilder();
    int from = 0;
    while (from <= value.length()) {
      int end = value.indexOf('\n', from);
      int to = end < 0 ? value.length() : end;
      boolean wanted = from == 0 ? first : blank || to > from;
      if (wanted) {
        budget.make(by.value().length());
        indented.append(by);
      }
      int next = Math.min(to + 1, value.length());
      budget.make(next - from);
      budget.limit((long) indented.length() + next - from);
      indented.append(text, from, next);
      if (end < 0) {
        break;
      }
      from = to + 1;
    }
    return indented.build();
  }

  static Text join(Object items, Text separator, Budget budget) {
    TextBuilder joined = new TextBuilder();
    boolean first = true;
    for (Object item : Values.iterate(items, budget)) {
      Text text = Printer.print(item, budget);
      long more = (long) text.value().length() + separator.value().length();
      budget.make(more);
      budget.limit(joined.length() + more);
      if (!first) {
        joined.append(separator);
      }
      first = false;
      joined.append(text);
    }
    return joined.build();
  }

  /** With the characters of HTML's syntax escaped. */
  static Text escape(Text text) {
    String value = text.value();
    TextBuilder escaped = new TextBuilder();
    int from = 0;
    for (int i = 0; i < value.length(); i++) {
      String entity =
          switch (value.charAt(i)) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '\'' -> "&#39;";
            case '"' -> "&#34;";
            default -> "";
          };
      if (!entity.isEmpty()) {
        escaped.append(text, from, i).append(entity, text.isSaid(i, i + 1));
        from = i + 1;
      }
    }
    return escaped.append(text, from, value.length()).build();
  }

  private static Object urlEncode(Object value, Arguments arguments, Evaluator evaluator) {
    arguments.none("urlencode");
    Text text = print(value, evaluator);
    evaluator.budget.make(9L * text.value().length());
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.value().getBytes(StandardCharsets.UTF_8)) {
      char character = (char) (b & 0xff);
      if (character < 0x80
          && (Character.isLetterOrDigit(character) || "-._~/".indexOf(character) >= 0)) {
        encoded.append(character);
      } else {
        encoded.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
      }
    }
    return text.with(encoded.toString());
  }

  private static Object truncate(Object value, Arguments arguments, Evaluator evaluator) {
    Arguments.Bound bound = arguments.bind("truncate", 0, "length", "killwords", "end", "leeway");
    Text text = print(value, evaluator);
    Text end = bound.text(2, "...");
    int length = bound.integer(0, 255);
    if (length < end.length()) {
      throw new Fault(
          "truncate(): expected a length of at least " + end.length() + ", found " + length);
    }
    if (text.length() <= (long) length + bound.integer(3, 5)) {
      return text;
    }
    int to = text.value().offsetByCodePoints(0, length - end.length());
    if (!bound.flag(1, false)) {
      int space = text.value().lastIndexOf(' ', to - 1);
      to = space < 0 ? to : space;
    }
    return new TextBuilder().append(text, 0, to).append(end).build();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.math.BigInteger;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Values as Python's {@code str} and {@code repr} write them. */
final class Printer {
  private static final HexFormat HEX = HexFormat.of();

  private final Budget budget;
  private final TextBuilder out = new TextBuilder();

  private Printer(Budget budget) {
    this.budget = budget;
  }

  /** What is printed where a value stands in a template. */
  static Text print(Object value, Budget budget) {
    if (value instanceof Text text) {
      return text;
    }
    return value instanceof Undefined ? Text.EMPTY : represent(value, budget);
  }

  /** A value as it would be written in a program. */
  static Text represent(Object value, Budget budget) {
    Printer printer = new Printer(budget);
    printer.write(value);
    budget.make(printer.out.length());
    return printer.out.build();
  }

  private void write(Object value) {
    budget.step();
    switch (value) {
      case Boolean flag -> out.append(flag ? "True" : "False");
      case None _ -> out.append("None");
      case BigInteger integer -> out.append(integer.toString());
      case Double number -> out.append(Numbers.print(number));
      case Text text when text.isMarkup() -> {
        out.append("Markup(");
        write(text);
        out.append(")");
      }
      case Text text -> write(text);
      case Undefined _ -> out.append("Undefined");
      case List<?> list -> list("[", list, "]");
      case Tuple(List<Object> items) -> list("(", items, items.size() == 1 ? ",)" : ")");
      case Map<?, ?> map -> map(map);
      case Namespace _ -> out.append("<Namespace>");
      case Generated _ -> out.append("<generator>");
      default -> out.append("<function>");
    }
  }

  private void list(String open, List<?> items, String close) {
    budget.enter();
    out.append(open);
    boolean first = true;
    for (Object item : items) {
      out.append(first ? "" : ", ");
      first = false;
      write(item);
    }
    out.append(close);
    budget.leave();
  }

  private void map(Map<?, ?> map) {
    budget.enter();
    out.append("{");
    boolean first = true;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(first ? "" : ", ");
      first = false;
      write(entry.getKey());
      out.append(": ");
      write(entry.getValue());
    }
    out.append("}");
    budget.leave();
  }

  private void write(Text text) {
    String value = text.value();
    budget.make(value.length());
    char quote = value.indexOf('\'') >= 0 && value.indexOf('"') < 0 ? '"' : '\'';
    out.append(String.valueOf(quote));
    int size;
    for (int i = 0; i < value.length(); i += size) {
      int character = value.codePointAt(i);
      size = Character.charCount(character);
      if (isPlain(character, quote)) {
        out.append(text, i, i + size);
      } else {
        out.append(escaped(character), text.isSaid(i, i + size));
      }
    }
    out.append(String.valueOf(quote));
  }

  private static boolean isPlain(int character, char quote) {
    return character == ' ' || character != quote && character != '\\' && isPrintable(character);
  }

  static boolean isPrintable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }

  private static String escaped(int character) {
    return switch (character) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\\' -> "\\\\";
      case '\'' -> "\\'";
      default ->
          character < 0x100
              ? "\\x" + HEX.toHexDigits((byte) character)
              : character < 0x10000
                  ? "\\u" + HEX.toHexDigits((char) character)
                  : "\\U" + HEX.toHexDigits(character);
    };
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON as Python's {@code json.dumps} writes it. */
final class JsonWriter {
  /**
   * How it is written.
   *
   * @param ascii whether characters beyond ASCII are escaped
   * @param indent what each level is indented by, or null for all on one line
   * @param comma what separates items
   * @param colon what separates a key from its value
   * @param sorted whether keys are sorted
   */
  record Style(
      boolean ascii, @Nullable String indent, String comma, String colon, boolean sorted) {}

  /** What {@code tojson} without arguments writes. */
  static final Style DEFAULT = new Style(false, null, ", ", ": ", false);

  private final Style style;
  private final Budget budget;
  private final TextBuilder out = new TextBuilder();

  private JsonWriter(Style style, Budget budget) {
    this.style = style;
    this.budget = budget;
  }

  static Text write(Object value, Style style, Budget budget) {
    JsonWriter writer = new JsonWriter(style, budget);
    writer.value(value, 0);
    budget.make(writer.out.length());
    return writer.out.build();
  }

  private void value(Object value, int level) {
    budget.step();
    switch (value) {
      case None _ -> out.append("null");
      case Boolean flag -> out.append(flag ? "true" : "false");
      case BigInteger integer -> out.append(integer.toString());
      case Double number -> out.append(number(number));
      case Text text -> string(text);
      case List<?> list -> list(list, level);
      case Tuple(List<Object> items) -> list(items, level);
      case Map<?, ?> map -> map(map, level);
      default ->
          throw new Fault("Object of type " + Values.typeName(value) + " is not JSON serializable");
    }
  }

  private static String number(double number) {
    if (Double.isNaN(number)) {
      return "NaN";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "Infinity" : "-Infinity";
    }
    return Numbers.print(number);
  }

  private void list(List<?> list, int level) {
    if (list.isEmpty()) {
      out.append("[]");
      return;
    }
    budget.enter();
    out.append("[");
    for (int i = 0; i < list.size(); i++) {
      out.append(i == 0 ? "" : style.comma());
      line(level + 1);
      value(list.get(i), level + 1);
    }
    line(level);
    out.append("]");
    budget.leave();
  }

  private void map(Map<?, ?> map, int level) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    budget.enter();
    out.append("{");
    List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
    if (style.sorted()) {
      entries.sort((a, b) -> Values.compare("<", a.getKey(), b.getKey(), budget));
    }
    boolean first = true;
    for (Map.Entry<?, ?> entry : entries) {
      out.append(first ? "" : style.comma());
      first = false;
      line(level + 1);
      string(key(entry.getKey()));
      out.append(style.colon());
      value(entry.getValue(), level + 1);
    }
    line(level);
    out.append("}");
    budget.leave();
  }

  private static Text key(Object key) {
    return switch (key) {
      case Text text -> text;
      case None _ -> Text.written("null");
      case Boolean flag -> Text.written(flag ? "true" : "false");
      case Double number -> Text.written(number(number));
      default -> Text.written(key.toString());
    };
  }

  private void line(int level) {
    String indent = style.indent();
    if (indent != null) {
      budget.make((long) level * indent.length());
      out.append("\n").append(indent.repeat(level));
    }
  }

  private void string(Text text) {
    String value = text.value();
    budget.make(value.length());
    out.append("\"");
    int from = 0;
    for (int i = 0; i < value.length(); i++) {
      char character = value.charAt(i);
      if (character >= ' ' && character != '"' && character != '\\') {
        if (!style.ascii() || character < 0x7f) {
          continue;
        }
      }
      out.append(text, from, i);
      out.append(escaped(character), text.isSaid(i, i + 1));
      from = i + 1;
    }
    out.append(text, from, value.length());
    out.append("\"");
  }

  private static String escaped(char character) {
    return switch (character) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\f' -> "\\f";
      case '\b' -> "\\b";
      default -> "\\u" + HexFormat.of().toHexDigits(character);
    };
  }
}

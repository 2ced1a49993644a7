// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's two ways of filling in text: {@code %} and {@code str.format}. */
final class Formats {
  private static final Pattern DIRECTIVE =
      Pattern.compile("%(?:\\(([^)]*)\\))?([-+0 ]*)(\\d{0,10})(?:\\.(\\d{1,3}))?([a-zA-Z%])");
  private static final Pattern FIELD = Pattern.compile("\\{\\{|\\}\\}|\\{(\\w*)\\}|[{}]");

  private Formats() {}

  /** {@code format % values}. */
  static Text percent(Text format, Object values, Budget budget) {
    List<Object> list = values instanceof Tuple(List<Object> items) ? items : List.of(values);
    TextBuilder out = new TextBuilder();
    Matcher directive = DIRECTIVE.matcher(format.value());
    int from = 0;
    int used = 0;
    boolean named = false;
    while (true) {
      int at = format.value().indexOf('%', from);
      if (at < 0) {
        break;
      }
      if (!directive.region(at, format.value().length()).lookingAt()) {
        throw new Fault("%: incomplete or unsupported format");
      }
      out.append(format, from, at);
      from = directive.end();
      if (directive.group(5).equals("%")) {
        out.append("%");
        continue;
      }
      Object value;
      if (directive.group(1) != null) {
        named = true;
        Object found =
            values instanceof Map<?, ?> map ? map.get(Text.written(directive.group(1))) : null;
        if (found == null) {
          throw new Fault("%: no value named '" + directive.group(1) + "'");
        }
        value = found;
      } else if (used < list.size()) {
        value = list.get(used++);
      } else {
        throw new Fault("not enough arguments for format string");
      }
      Text filled = fill(directive, value, budget);
      budget.make(filled.value().length());
      budget.limit((long) out.length() + filled.value().length());
      out.append(filled);
    }
    if (!named && used < list.size() && !(values instanceof Map)) {
      throw new Fault("not all arguments converted during string formatting");
    }
    return out.append(format, from, format.value().length()).build();
  }

  private static Text fill(Matcher directive, Object value, Budget budget) {
    String flags = directive.group(2);
    Integer precision = directive.group(4) == null ? null : Integer.valueOf(directive.group(4));
    Text text =
        switch (directive.group(5)) {
          case "s" -> Printer.print(value, budget);
          case "r" -> Printer.represent(value, budget);
          case "d", "i" -> Text.written(truncated(value).toString());
          case "x" -> Text.written(truncated(value).toString(16));
          case "f" -> {
            Number number = number(value);
            if (!Double.isFinite(number.doubleValue())) {
              yield Text.written(Numbers.print(number.doubleValue()));
            }
            int digits = precision == null ? 6 : precision;
            BigDecimal exact =
                new BigDecimal(number.doubleValue()).setScale(digits, RoundingMode.HALF_EVEN);
            String sign = exact.signum() == 0 && 1 / number.doubleValue() < 0 ? "-" : "";
            yield Text.written(sign + exact.toPlainString());
          }
          default ->
              throw new Fault("%: unsupported format character '" + directive.group(5) + "'");
        };
    boolean numeric = !"sr".contains(directive.group(5));
    if (!numeric && precision != null && precision < text.length()) {
      text = text.part(0, text.value().offsetByCodePoints(0, precision));
    }
    if (numeric && !text.value().startsWith("-") && flags.matches(".*[+ ].*")) {
      text = new TextBuilder().append(flags.contains("+") ? "+" : " ").append(text).build();
    }
    int width =
        directive.group(3).isEmpty()
            ? 0
            : (int) Math.min(Integer.MAX_VALUE, Long.parseLong(directive.group(3)));
    if (numeric && flags.contains("0") && !flags.contains("-")) {
      Callable zeros = StringMethods.find(text, "zfill", budget);
      return zeros == null ? text : (Text) zeros.call(Arguments.of(Numbers.integer(width)));
    }
    return new StringMethods(text, budget)
        .pad(flags.contains("-") ? "ljust" : "rjust", width, Text.written(" "));
  }

  private static Number number(Object value) {
    Number number = Numbers.of(value);
    if (number == null) {
      throw new Fault("%: a number is required, not " + Values.typeName(value));
    }
    return number;
  }

  private static BigInteger truncated(Object value) {
    Number number = number(value);
    if (number instanceof BigInteger integer) {
      return integer;
    }
    if (!Double.isFinite(number.doubleValue())) {
      throw new Fault("%: cannot convert " + Numbers.print(number.doubleValue()) + " to integer");
    }
    return new BigDecimal(number.doubleValue()).toBigInteger();
  }

  /** {@code format.format(arguments)}, with fields that are empty, numbers or names. */
  static Text braces(Text format, Arguments arguments, Budget budget) {
    TextBuilder out = new TextBuilder();
    Matcher field = FIELD.matcher(format.value());
    int from = 0;
    int next = 0;
    while (field.find()) {
      out.append(format, from, field.start());
      from = field.end();
      String name = field.group(1);
      if (name == null) {
        if (field.end() - field.start() == 1) {
          throw new Fault("format(): only fields such as {}, {0} and {name} are supported");
        }
        out.append(field.group().substring(1));
        continue;
      }
      boolean number = name.isEmpty() || name.matches("\\d{1,6}");
      int index = name.isEmpty() ? next++ : number ? Integer.parseInt(name) : -1;
      Object value =
          number
              ? index < arguments.positional().size() ? arguments.positional().get(index) : null
              : arguments.named().get(name);
      if (value == null) {
        throw new Fault("format(): no argument for '{" + name + "}'");
      }
      Text filled = Printer.print(value, budget);
      budget.make(filled.value().length());
      budget.limit((long) out.length() + filled.value().length());
      out.append(filled);
    }
    return out.append(format, from, format.value().length()).build();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The filters by name; here those of single values. */
final class Filters {
  private static final Map<String, Filter> FILTERS = new HashMap<>();

  /** A filter. */
  @FunctionalInterface
  interface Filter {
    Object apply(Object value, Arguments arguments, Evaluator evaluator);
  }

  static {
    FILTERS.put("default", Filters::otherwise);
    FILTERS.put("d", Filters::otherwise);
    FILTERS.put("abs", Filters::absolute);
    FILTERS.put("int", Filters::integer);
    FILTERS.put("float", Filters::real);
    FILTERS.put("round", Filters::round);
    FILTERS.put("attr", Filters::attribute);
    FILTERS.put("tojson", Filters::toJson);
    FILTERS.put("from_json", Filters::fromJson);
    TextFilters.register(FILTERS);
    SequenceFilters.register(FILTERS);
  }

  private Filters() {}

  static Object apply(String name, Object value, Arguments arguments, Evaluator evaluator) {
    Filter filter = FILTERS.get(name);
    if (filter == null) {
      throw new Fault(
          "no filter named '"
              + name
              + "'; there are "
              + String.join(", ", FILTERS.keySet().stream().sorted().toList()));
    }
    evaluator.budget.pass(value);
    return filter.apply(value, arguments, evaluator);
  }

  private static Object otherwise(Object value, Arguments arguments, Evaluator evaluator) {
    Arguments.Bound bound = arguments.bind("default", 0, "default_value", "boolean");
    boolean missing = value instanceof Undefined || bound.flag(1, false) && !Values.isTrue(value);
    return missing ? bound.get(0, Text.EMPTY) : value;
  }

  private static Object absolute(Object value, Arguments arguments, Evaluator evaluator) {
    arguments.none("abs");
    return switch (Numbers.of(value)) {
      case BigInteger integer -> integer.abs();
      case Double number -> Math.abs(number);
      case null, default ->
          throw new Fault("bad operand type for abs(): '" + Values.typeName(value) + "'");
    };
  }

  private static Object integer(Object value, Arguments arguments, Evaluator evaluator) {
    Arguments.Bound bound = arguments.bind("int", 0, "default", "base");
    Object otherwise = bound.get(0, BigInteger.ZERO);
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    Number number = Numbers.of(value);
    if (number instanceof BigInteger integer) {
      return integer;
    }
    if (number == null) {
      if (!(value instanceof Text text)) {
        return otherwise;
      }
      try {
        int base = Math.clamp(bound.integer(1, 10), 2, 36);
        String digits = PythonStrings.strip(text.value()).replace("_", "");
        if (base == 16 || base == 8 || base == 2) {
          digits = digits.replaceFirst("^([+-]?)0[xXoObB]", "$1");
        }
        if (digits.matches("[+-]?[0-9a-zA-Z]{1,300}")) {
          return new BigInteger(digits, base);
        }
      } catch (NumberFormatException e) {
        // it may be a fraction
      }
      number = parse(text);
    }
    return number == null || !Double.isFinite(number.doubleValue())
        ? otherwise
        : new BigDecimal(number.doubleValue()).toBigInteger();
  }

  private static @Nullable Double parse(Text text) {
    String digits = PythonStrings.strip(text.value()).replace("_", "");
    return digits.matches("[+-]?(\\d{1,300}\\.?\\d{0,300}|\\.\\d{1,300})([eE][+-]?\\d{1,5})?")
        ? Double.valueOf(digits)
        : null;
  }

  private static Object real(Object value, Arguments arguments, Evaluator evaluator) {
    Object otherwise = arguments.bind("float", 0, "default").get(0, 0.0);
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    Number number = value instanceof Text text ? parse(text) : Numbers.of(value);
    return number == null ? otherwise : (Object) number.doubleValue();
  }

  private static Object round(Object value, Arguments arguments, Evaluator evaluator) {
    Arguments.Bound bound = arguments.bind("round", 0, "precision", "method");
    Number number = Numbers.of(value);
    if (number == null) {
      throw new Fault("type " + Values.typeName(value) + " doesn't define __round__ method");
    }
    RoundingMode mode =
        switch (bound.text(1, "common").value()) {
          case "common" -> RoundingMode.HALF_EVEN;
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> throw new Fault("method must be common, ceil or floor");
        };
    int precision = Math.clamp(bound.integer(0, 0), -400, 400);
    if (!Double.isFinite(number.doubleValue())
        || number instanceof BigInteger && precision >= 0 && bound.find(1) == null) {
      return number;
    }
    return new BigDecimal(number.doubleValue()).setScale(precision, mode).doubleValue();
  }

  private static Object attribute(Object value, Arguments arguments, Evaluator evaluator) {
    String name = arguments.bind("attr", 1, "name").text(0).value();
    if (value instanceof Map<?, ?> map) { // attributes alone, which entries are not
      Object method = CollectionMethods.find(map, name, evaluator.budget);
      return method != null
          ? method
          : new Undefined("'dict object' has no attribute '" + name + "'");
    }
    return Attributes.get(value, name, evaluator.budget);
  }

  private static Object toJson(Object value, Arguments arguments, Evaluator evaluator) {
    Arguments.Bound bound =
        arguments.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
    Object indent = bound.get(1, None.NONE);
    String by =
        switch (indent) {
          case None _ -> null;
          case Text text -> text.value();
          default -> {
            int width = Math.max(0, bound.integer(1));
            evaluator.budget.make(width);
            yield " ".repeat(width);
          }
        };
    String comma = by == null ? ", " : ",";
    String colon = ": ";
    Object separators = bound.get(2, None.NONE);
    if (separators != None.NONE) {
      List<Object> pair = Values.iterate(separators, evaluator.budget);
      if (pair.size() != 2 || !(pair.get(0) instanceof Text) || !(pair.get(1) instanceof Text)) {
        throw bound.wrong(2, "two strings");
      }
      comma = pair.get(0).toString();
      colon = pair.get(1).toString();
    }
    JsonWriter.Style style =
        new JsonWriter.Style(bound.flag(0, false), by, comma, colon, bound.flag(3, false));
    return JsonWriter.write(value, style, evaluator.budget);
  }

  private static Object fromJson(Object value, Arguments arguments, Evaluator evaluator) {
    arguments.none("from_json");
    if (!(value instanceof Text text)) {
      throw new Fault("from_json: expected a string, found " + Values.typeName(value));
    }
    evaluator.budget.make(text.value().length());
    return JsonReader.read(text);
  }
}

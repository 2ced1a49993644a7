// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** The tests that follow {@code is}, by name. */
final class Tests {
  private static final Map<String, Test> TESTS = new HashMap<>();

  /** A test. */
  @FunctionalInterface
  private interface Test {
    boolean apply(Object value, Arguments arguments, Evaluator evaluator);
  }

  static {
    plain("defined", value -> !(value instanceof Undefined));
    plain("undefined", value -> value instanceof Undefined);
    plain("none", value -> value == None.NONE);
    plain("true", value -> value.equals(true));
    plain("false", value -> value.equals(false));
    plain("boolean", value -> value instanceof Boolean);
    plain("string", value -> value instanceof Text);
    plain("mapping", value -> value instanceof Map);
    plain("number", value -> Numbers.of(value) != null);
    plain("integer", value -> value instanceof BigInteger);
    plain("float", value -> value instanceof Double);
    plain("callable", value -> value instanceof Callable);
    plain("iterable", value -> value instanceof Generated || Values.items(value) != null);
    plain("sequence", value -> !(value instanceof Generated) && Values.items(value) != null);
    plain("escaped", value -> value instanceof Text text && text.isMarkup());
    plain("odd", value -> remainder(value, BigInteger.TWO).doubleValue() == 1);
    plain("even", value -> remainder(value, BigInteger.TWO).doubleValue() == 0);
    plain("lower", value -> isCased(value, true));
    plain("upper", value -> isCased(value, false));
    TESTS.put(
        "divisibleby",
        (value, arguments, evaluator) -> {
          Object by = arguments.bind("divisibleby", 1, "num").get(0);
          return remainder(value, by).doubleValue() == 0;
        });
    TESTS.put(
        "sameas",
        (value, arguments, evaluator) ->
            isSame(value, arguments.bind("sameas", 1, "other").get(0)));
    TESTS.put(
        "in",
        (value, arguments, evaluator) ->
            Values.contains(arguments.bind("in", 1, "seq").get(0), value, evaluator.budget));
    comparison("==", List.of("eq", "equalto", "=="));
    comparison("!=", List.of("ne", "!="));
    comparison("<", List.of("lt", "lessthan", "<"));
    comparison("<=", List.of("le", "<="));
    comparison(">", List.of("gt", "greaterthan", ">"));
    comparison(">=", List.of("ge", ">="));
  }

  private Tests() {}

  static boolean apply(String name, Object value, Arguments arguments, Evaluator evaluator) {
    Test test = TESTS.get(name);
    if (test == null) {
      throw new Fault(
          "no test named '"
              + name
              + "'; there are "
              + String.join(", ", TESTS.keySet().stream().sorted().toList()));
    }
    evaluator.budget.pass(value);
    return test.apply(value, arguments, evaluator);
  }

  private static void plain(String name, Predicate<Object> test) {
    TESTS.put(
        name,
        (value, arguments, evaluator) -> {
          arguments.none(name);
          return test.test(value);
        });
  }

  private static void comparison(String operator, List<String> names) {
    for (String name : names) {
      TESTS.put(
          name,
          (value, arguments, evaluator) ->
              new Operators(evaluator.budget)
                  .compare(operator, value, arguments.bind(name, 1, "other").get(0)));
    }
  }

  @SuppressWarnings("ReferenceEquality") // what the test asks for
  private static boolean isSame(Object value, Object other) {
    return value == other || value instanceof Boolean && value.equals(other);
  }

  private static Number remainder(Object value, Object by) {
    Number left = Numbers.of(value);
    Number right = Numbers.of(by);
    if (left == null || right == null) {
      throw new Fault("expected a number, found " + Values.typeName(left == null ? value : by));
    }
    return Numbers.arithmetic("%", left, right);
  }

  private static boolean isCased(Object value, boolean lower) {
    return value instanceof Text text
        && text.value().codePoints().anyMatch(Character::isLetter)
        && text.value()
            .equals(
                lower
                    ? text.value().toLowerCase(Locale.ROOT)
                    : text.value().toUpperCase(Locale.ROOT));
  }
}

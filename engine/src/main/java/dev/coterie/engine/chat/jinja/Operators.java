// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Python's operators. */
final class Operators {
  private final Budget budget;

  Operators(Budget budget) {
    this.budget = budget;
  }

  Object sign(boolean minus, Object value) {
    Number number = Numbers.of(value);
    if (number == null) {
      throw undefinedOr(
          value,
          value,
          "bad operand type for unary "
              + (minus ? "-" : "+")
              + ": '"
              + Values.typeName(value)
              + "'");
    }
    if (!minus) {
      return number;
    }
    return number instanceof BigInteger integer ? integer.negate() : -number.doubleValue();
  }

  Object apply(String operator, Object left, Object right) {
    Number a = Numbers.of(left);
    Number b = Numbers.of(right);
    if (a != null && b != null) {
      return Numbers.arithmetic(operator, a, b);
    }
    return switch (operator) {
      case "+" -> add(left, right);
      case "*" -> {
        if (b instanceof BigInteger times && isSequence(left)) {
          yield repeat(left, Numbers.clamp(times));
        }
        if (a instanceof BigInteger times && isSequence(right)) {
          yield repeat(right, Numbers.clamp(times));
        }
        throw unsupported(operator, left, right);
      }
      case "%" -> {
        if (left instanceof Text format && !(right instanceof Undefined)) {
          yield Formats.percent(format, right, budget);
        }
        throw unsupported(operator, left, right);
      }
      default -> throw unsupported(operator, left, right);
    };
  }

  private Object add(Object left, Object right) {
    if (left instanceof Text a && right instanceof Text b) {
      return add(a, b);
    }
    if (left instanceof List<?> a && right instanceof List<?> b) {
      return join(a, b);
    }
    if (left instanceof Tuple(List<Object> a) && right instanceof Tuple(List<Object> b)) {
      return new Tuple(join(a, b));
    }
    if (isSequence(left)) {
      String type = Values.typeName(left);
      throw undefinedOr(
          left,
          right,
          "can only concatenate " + type + " (not \"" + Values.typeName(right) + "\") to " + type);
    }
    throw unsupported("+", left, right);
  }

  private Text add(Text left, Text right) {
    Text a = right.isMarkup() && !left.isMarkup() ? TextFilters.escape(left) : left;
    Text b = left.isMarkup() && !right.isMarkup() ? TextFilters.escape(right) : right;
    budget.make((long) a.value().length() + b.value().length());
    Text sum = new TextBuilder().append(a).append(b).build();
    return left.isMarkup() || right.isMarkup() ? sum.asMarkup() : sum;
  }

  private List<Object> join(List<?> left, List<?> right) {
    budget.make(16L * (left.size() + right.size()));
    List<Object> items = new ArrayList<>(left);
    items.addAll(right);
    return items;
  }

  private static boolean isSequence(Object value) {
    return value instanceof Text || value instanceof List<?> || value instanceof Tuple;
  }

  private Object repeat(Object value, int times) {
    if (value instanceof Text text) {
      budget.make((long) text.value().length() * Math.max(0, times));
      TextBuilder repeated = new TextBuilder();
      for (int i = 0; i < times && !text.isEmpty(); i++) {
        repeated.append(text);
      }
      return repeated.build();
    }
    List<Object> items = Values.iterate(value, budget);
    budget.make(16L * items.size() * Math.max(0, times));
    List<Object> repeated = new ArrayList<>();
    for (int i = 0; i < times && !items.isEmpty(); i++) {
      repeated.addAll(items);
    }
    return value instanceof Tuple ? new Tuple(repeated) : repeated;
  }

  boolean compare(String operator, Object left, Object right) {
    return switch (operator) {
      case "==" -> Values.equal(left, right, budget);
      case "!=" -> !Values.equal(left, right, budget);
      case "in" -> Values.contains(right, left, budget);
      case "not in" -> !Values.contains(right, left, budget);
      default -> {
        Number a = Numbers.of(left);
        Number b = Numbers.of(right);
        if (a != null && b != null && (Numbers.isNan(a) || Numbers.isNan(b))) {
          yield false;
        }
        int order = Values.compare(operator, left, right, budget);
        yield switch (operator) {
          case "<" -> order < 0;
          case "<=" -> order <= 0;
          case ">" -> order > 0;
          case ">=" -> order >= 0;
          default -> throw new AssertionError(operator);
        };
      }
    };
  }

  private static Fault unsupported(String operator, Object left, Object right) {
    return undefinedOr(
        left,
        right,
        "unsupported operand type(s) for "
            + operator
            + ": '"
            + Values.typeName(left)
            + "' and '"
            + Values.typeName(right)
            + "'");
  }

  private static Fault undefinedOr(Object left, Object right, String message) {
    if (left instanceof Undefined undefined) {
      return undefined.fault();
    }
    return right instanceof Undefined undefined ? undefined.fault() : new Fault(message);
  }
}

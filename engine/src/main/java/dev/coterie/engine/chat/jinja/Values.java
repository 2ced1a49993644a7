// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Python's values and what all of them can do. A value is a {@link Text}, {@link BigInteger},
 * {@link Double}, {@link Boolean}, {@link None}, {@link List}, {@link Tuple}, {@link Map}, {@link
 * Undefined}, {@link Generated}, {@link Namespace} or {@link Callable}. Lists and maps are not
 * changed.
 */
final class Values {
  private static final int MAX_INPUT_DEPTH = 100;

  private Values() {}

  /** A value of the input; its strings count as said. */
  static Object ofInput(@Nullable Object input) {
    return ofInput(input, 0);
  }

  private static Object ofInput(@Nullable Object input, int depth) {
    if (depth > MAX_INPUT_DEPTH) {
      throw new IllegalArgumentException(
          "input: expected at most " + MAX_INPUT_DEPTH + " levels of lists and maps, found more");
    }
    return switch (input) {
      case null -> None.NONE;
      case None none -> none;
      case Text text -> text;
      case String string -> Text.said(string);
      case Boolean flag -> flag;
      case BigInteger integer -> integer;
      case Byte _, Short _, Integer _, Long _ -> BigInteger.valueOf(((Number) input).longValue());
      case Float _, Double _, BigDecimal _ -> ((Number) input).doubleValue();
      case List<?> list -> {
        List<Object> items = new ArrayList<>(list.size());
        for (Object item : list) {
          items.add(ofInput(item, depth + 1));
        }
        yield Collections.unmodifiableList(items);
      }
      case Map<?, ?> map -> {
        Map<Object, Object> entries = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          entries.put(ofInput(entry.getKey(), depth + 1), ofInput(entry.getValue(), depth + 1));
        }
        yield Collections.unmodifiableMap(entries);
      }
      default ->
          throw new IllegalArgumentException(
              "input: expected text, numbers, booleans, lists and maps, found "
                  + input.getClass().getName());
    };
  }

  static boolean isTrue(Object value) {
    return switch (value) {
      case Boolean flag -> flag;
      case Text text -> !text.isEmpty();
      case BigInteger integer -> integer.signum() != 0;
      case Double number -> number != 0;
      case None _, Undefined _ -> false;
      case List<?> list -> !list.isEmpty();
      case Tuple(List<Object> items) -> !items.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      default -> true;
    };
  }

  /** The type as Python calls it. */
  static String typeName(Object value) {
    return switch (value) {
      case Boolean _ -> "bool";
      case Text _ -> "str";
      case BigInteger _ -> "int";
      case Double _ -> "float";
      case None _ -> "NoneType";
      case Undefined _ -> "Undefined";
      case List<?> _ -> "list";
      case Tuple _ -> "tuple";
      case Map<?, ?> _ -> "dict";
      case Namespace _ -> "Namespace";
      case Generated _ -> "generator";
      default -> "function";
    };
  }

  /** What a value is called where it lacks something. */
  static String described(Object value) {
    return value == None.NONE ? "None" : typeName(value) + " object";
  }

  /** The items of what can be iterated, or null. */
  @SuppressWarnings("unchecked")
  static @Nullable List<Object> items(Object value) {
    return switch (value) {
      case List<?> list -> (List<Object>) list;
      case Tuple(List<Object> items) -> items;
      case Map<?, ?> map -> new ArrayList<>((Set<Object>) map.keySet());
      case Text text -> characters(text);
      case Generated generated -> generated.take();
      case Undefined _ -> List.of();
      default -> null;
    };
  }

  static List<Object> iterate(Object value, Budget budget) {
    if (value instanceof Text text) {
      budget.make(16L * text.length());
    }
    List<Object> items = items(value);
    if (items == null) {
      throw new Fault("'" + typeName(value) + "' object is not iterable");
    }
    return items;
  }

  private static List<Object> characters(Text text) {
    List<Object> characters = new ArrayList<>(text.value().length());
    String value = text.value();
    int size;
    for (int i = 0; i < value.length(); i += size) {
      size = Character.charCount(value.codePointAt(i));
      characters.add(text.part(i, i + size));
    }
    return characters;
  }

  static int length(Object value) {
    return switch (value) {
      case Text text -> text.length();
      case List<?> list -> list.size();
      case Tuple(List<Object> items) -> items.size();
      case Map<?, ?> map -> map.size();
      case Undefined _ -> 0;
      default -> throw new Fault("object of type '" + typeName(value) + "' has no len()");
    };
  }

  /** A value as the key of a map. */
  static Object key(Object value) {
    return switch (value) {
      case Text _, BigInteger _, Double _, Boolean _, None _ -> value;
      default -> throw new Fault("unhashable type: '" + typeName(value) + "'");
    };
  }

  static boolean equal(Object left, Object right, Budget budget) {
    budget.step();
    Number a = Numbers.of(left);
    Number b = Numbers.of(right);
    if (a != null && b != null) {
      return !Numbers.isNan(a) && !Numbers.isNan(b) && Numbers.compare(a, b) == 0;
    }
    return switch (left) {
      case Text text -> {
        budget.spend(text.value().length() / 256);
        yield text.equals(right);
      }
      case Undefined _ -> right instanceof Undefined;
      case List<?> list -> right instanceof List<?> other && equal(list, other, budget);
      case Tuple(List<Object> items) ->
          right instanceof Tuple(List<Object> others) && equal(items, others, budget);
      case Map<?, ?> map -> right instanceof Map<?, ?> other && equal(map, other, budget);
      default -> left.equals(right);
    };
  }

  private static boolean equal(List<?> left, List<?> right, Budget budget) {
    if (left.size() != right.size()) {
      return false;
    }
    budget.enter();
    for (int i = 0; i < left.size(); i++) {
      if (!equal(left.get(i), right.get(i), budget)) {
        budget.leave();
        return false;
      }
    }
    budget.leave();
    return true;
  }

  private static boolean equal(Map<?, ?> left, Map<?, ?> right, Budget budget) {
    if (left.size() != right.size()) {
      return false;
    }
    budget.enter();
    for (Map.Entry<?, ?> entry : left.entrySet()) {
      Object other = right.get(entry.getKey());
      if (other == null || !equal(entry.getValue(), other, budget)) {
        budget.leave();
        return false;
      }
    }
    budget.leave();
    return true;
  }

  /** Python's order; a fault where there is none. */
  static int compare(String operator, Object left, Object right, Budget budget) {
    budget.step();
    Number a = Numbers.of(left);
    Number b = Numbers.of(right);
    if (a != null && b != null) {
      return Numbers.compare(a, b);
    }
    if (left instanceof Text one && right instanceof Text other) {
      budget.spend(one.value().length() / 256);
      return compare(one.value(), other.value());
    }
    List<Object> items = ordered(left);
    List<Object> others = ordered(right);
    if (items != null && others != null && left instanceof Tuple == right instanceof Tuple) {
      budget.enter();
      for (int i = 0; i < Math.min(items.size(), others.size()); i++) {
        if (!equal(items.get(i), others.get(i), budget)) {
          int order = compare(operator, items.get(i), others.get(i), budget);
          budget.leave();
          return order;
        }
      }
      budget.leave();
      return Integer.compare(items.size(), others.size());
    }
    if (left instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (right instanceof Undefined undefined) {
      throw undefined.fault();
    }
    throw new Fault(
        "'"
            + operator
            + "' not supported between instances of '"
            + typeName(left)
            + "' and '"
            + typeName(right)
            + "'");
  }

  private static @Nullable List<Object> ordered(Object value) {
    return value instanceof List<?> || value instanceof Tuple ? items(value) : null;
  }

  /** The order of code points, which is not that of UTF-16. */
  private static int compare(String left, String right) {
    int same = 0;
    int shorter = Math.min(left.length(), right.length());
    while (same < shorter && left.charAt(same) == right.charAt(same)) {
      same++;
    }
    if (same == shorter) {
      return Integer.compare(left.length(), right.length());
    }
    char a = left.charAt(same);
    char b = right.charAt(same);
    boolean surrogate = Character.isSurrogate(a);
    return surrogate == Character.isSurrogate(b) ? Character.compare(a, b) : surrogate ? 1 : -1;
  }

  /** Whether a value is in another, as Python's {@code in}. */
  static boolean contains(Object container, Object value, Budget budget) {
    if (container instanceof Text text) {
      if (!(value instanceof Text part)) {
        throw new Fault("'in <string>' requires string as left operand, not " + typeName(value));
      }
      budget.spend((long) text.value().length() * part.value().length() / 4096);
      return text.value().contains(part.value());
    }
    if (container instanceof Map<?, ?> map) {
      return map.containsKey(key(value));
    }
    List<Object> items = items(container);
    if (items == null) {
      throw new Fault("argument of type '" + typeName(container) + "' is not iterable");
    }
    for (Object item : items) {
      if (equal(item, value, budget)) {
        return true;
      }
    }
    return false;
  }
}

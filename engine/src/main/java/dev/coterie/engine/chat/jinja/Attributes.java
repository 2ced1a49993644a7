// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Attributes and items. Nothing but what is listed here and in the methods can be reached. */
final class Attributes {
  private Attributes() {}

  /** {@code value.name}: a method, or else an entry. */
  static Object get(Object value, String name, Budget budget) {
    Object attribute = own(value, name, budget);
    if (attribute != null) {
      return attribute;
    }
    if (value instanceof Map<?, ?> map) {
      Object entry = map.get(Text.written(name));
      if (entry != null) {
        return entry;
      }
    }
    return missing(value, name);
  }

  /** {@code value[index]}: an item, or else a method. */
  static Object item(Object value, Object index, Budget budget) {
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (value instanceof Text text) {
      budget.spend(text.value().length() / 64);
    }
    Object item = find(value, index);
    if (item != null) {
      return item;
    }
    if (index instanceof Text name) {
      Object attribute = own(value, name.value(), budget);
      return attribute != null ? attribute : missing(value, name.value());
    }
    return new Undefined(
        Values.described(value) + " has no element " + Printer.represent(index, budget));
  }

  private static @Nullable Object find(Object value, Object index) {
    if (value instanceof Map<?, ?> map) {
      return switch (index) {
        case Text _, BigInteger _, Double _, Boolean _, None _ -> map.get(index);
        default -> null;
      };
    }
    if (!(Numbers.of(index) instanceof BigInteger integer)) {
      return null;
    }
    return switch (value) {
      case Text text -> character(text, integer);
      case List<?> list -> element(list, integer);
      case Tuple(List<Object> items) -> element(items, integer);
      default -> null;
    };
  }

  private static @Nullable Object element(List<?> list, BigInteger index) {
    long at = Numbers.clamp(index);
    long place = at < 0 ? at + list.size() : at;
    return place >= 0 && place < list.size() ? list.get((int) place) : null;
  }

  private static @Nullable Object character(Text text, BigInteger index) {
    long at = Numbers.clamp(index);
    int length = text.length();
    long place = at < 0 ? at + length : at;
    if (place < 0 || place >= length) {
      return null;
    }
    int from = text.value().offsetByCodePoints(0, (int) place);
    return text.part(from, text.value().offsetByCodePoints(from, 1));
  }

  private static @Nullable Object own(Object value, String name, Budget budget) {
    return switch (value) {
      case Undefined undefined -> throw undefined.fault();
      case Namespace namespace -> namespace.values.get(name);
      case Loop loop -> loop.attribute(name);
      case MacroFunction macro when name.equals("name") -> Text.written(macro.name());
      case Text text -> StringMethods.find(text, name, budget);
      case Map<?, ?> map -> CollectionMethods.find(map, name, budget);
      case List<?> list -> CollectionMethods.find(list, name, budget);
      case Tuple(List<Object> items) -> CollectionMethods.find(items, name, budget);
      default -> null;
    };
  }

  private static Undefined missing(Object value, String name) {
    return new Undefined("'" + Values.described(value) + "' has no attribute '" + name + "'");
  }
}

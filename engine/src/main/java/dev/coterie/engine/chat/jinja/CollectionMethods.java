// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The methods of Python's dictionaries and lists that change nothing. */
final class CollectionMethods {
  private static final Set<String> UNSAFE_OF_MAPS =
      Set.of("clear", "pop", "popitem", "setdefault", "update");
  private static final Set<String> UNSAFE_OF_LISTS =
      Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");

  private CollectionMethods() {}

  /** A method, or null if there is none of the name; one that would change the map is undefined. */
  static @Nullable Object find(Map<?, ?> map, String name, Budget budget) {
    if (UNSAFE_OF_MAPS.contains(name)) {
      return unsafe(name, map);
    }
    return switch (name) {
      case "items" ->
          method(
              arguments -> {
                arguments.none(name);
                return items(map, budget);
              });
      case "keys" ->
          method(
              arguments -> {
                arguments.none(name);
                return Values.iterate(map, budget);
              });
      case "values" ->
          method(
              arguments -> {
                arguments.none(name);
                return new ArrayList<Object>(map.values());
              });
      case "copy" ->
          method(
              arguments -> {
                arguments.none(name);
                return map;
              });
      case "get" ->
          method(
              arguments -> {
                Arguments.Bound bound = arguments.bind(name, 1, "key", "default");
                Object value = map.get(Values.key(bound.get(0)));
                return value != null ? value : bound.get(1, None.NONE);
              });
      default -> null;
    };
  }

  /** The entries, each a tuple of key and value. */
  static List<Object> items(Map<?, ?> map, Budget budget) {
    budget.make(16L * map.size());
    List<Object> items = new ArrayList<>(map.size());
    map.forEach((key, value) -> items.add(new Tuple(List.of(key, value))));
    return items;
  }

  /**
   * A method, or null if there is none of the name; one that would change the list is undefined.
   */
  static @Nullable Object find(List<?> list, String name, Budget budget) {
    if (UNSAFE_OF_LISTS.contains(name)) {
      return unsafe(name, list);
    }
    return switch (name) {
      case "copy" ->
          method(
              arguments -> {
                arguments.none(name);
                return list;
              });
      case "count" ->
          method(
              arguments -> {
                Object wanted = arguments.bind(name, 1, "value").get(0);
                return Numbers.integer(
                    list.stream().filter(item -> Values.equal(item, wanted, budget)).count());
              });
      case "index" ->
          method(
              arguments -> {
                Object wanted = arguments.bind(name, 1, "value").get(0);
                for (int i = 0; i < list.size(); i++) {
                  if (Values.equal(list.get(i), wanted, budget)) {
                    return Numbers.integer(i);
                  }
                }
                throw new Fault(Printer.represent(wanted, budget) + " is not in list");
              });
      default -> null;
    };
  }

  private static Callable method(Callable method) {
    return method;
  }

  private static Undefined unsafe(String name, Object value) {
    return new Undefined(
        "access to attribute '" + name + "' of '" + Values.typeName(value) + "' object is unsafe.");
  }
}

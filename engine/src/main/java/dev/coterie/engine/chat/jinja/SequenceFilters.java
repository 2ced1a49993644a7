// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Filters of lists and maps. */
final class SequenceFilters {
  private SequenceFilters() {}

  static void register(Map<String, Filters.Filter> filters) {
    for (String name : List.of("length", "count")) {
      filters.put(
          name,
          (value, arguments, evaluator) -> {
            arguments.none(name);
            return Numbers.integer(Values.length(value));
          });
    }
    filters.put(
        "list",
        (value, arguments, evaluator) -> {
          arguments.none("list");
          return new ArrayList<>(iterate(value, evaluator));
        });
    filters.put("first", (value, arguments, evaluator) -> end(value, arguments, evaluator, true));
    filters.put("last", (value, arguments, evaluator) -> end(value, arguments, evaluator, false));
    filters.put("reverse", SequenceFilters::reverse);
    filters.put("items", SequenceFilters::items);
    filters.put("dictsort", SequenceFilters::sortedItems);
    filters.put("sort", SequenceFilters::sort);
    filters.put("unique", SequenceFilters::unique);
    filters.put("sum", SequenceFilters::sum);
    filters.put(
        "min", (value, arguments, evaluator) -> extreme("min", value, arguments, evaluator));
    filters.put(
        "max", (value, arguments, evaluator) -> extreme("max", value, arguments, evaluator));
    filters.put("map", SequenceFilters::map);
    for (String name : List.of("select", "reject", "selectattr", "rejectattr")) {
      filters.put(name, (value, arguments, evaluator) -> select(name, value, arguments, evaluator));
    }
    filters.put("groupby", SequenceFilters::group);
    filters.put("batch", SequenceFilters::batch);
    filters.put("slice", SequenceFilters::slice);
  }

  private static List<Object> iterate(Object value, Evaluator evaluator) {
    List<Object> items = Values.iterate(value, evaluator.budget);
    evaluator.budget.make(16L * items.size());
    return items;
  }

  private static Object end(Object value, Arguments arguments, Evaluator evaluator, boolean first) {
    arguments.none(first ? "first" : "last");
    List<Object> items = iterate(value, evaluator);
    if (items.isEmpty()) {
      return new Undefined("No " + (first ? "first" : "last") + " item, sequence was empty.");
    }
    return first ? items.getFirst() : items.getLast();
  }

  private static Object reverse(Object value, Arguments arguments, Evaluator evaluator) {
    arguments.none("reverse");
    List<Object> items = iterate(value, evaluator).reversed();
    return value instanceof Text
        ? TextFilters.join(new ArrayList<>(items), Text.EMPTY, evaluator.budget)
        : new Generated(new ArrayList<>(items));
  }

  private static Object items(Object value, Arguments arguments, Evaluator evaluator) {
    arguments.none("items");
    return switch (value) {
      case Undefined _ -> new Generated(List.of());
      case Map<?, ?> map -> new Generated(CollectionMethods.items(map, evaluator.budget));
      default -> throw new Fault("Can only get item pairs from a mapping.");
    };
  }

  private static Object sortedItems(Object value, Arguments arguments, Evaluator evaluator) {
    Arguments.Bound bound = arguments.bind("dictsort", 0, "case_sensitive", "by", "reverse");
    if (!(value instanceof Map<?, ?> map)) {
      throw new Fault("dictsort: expected a mapping, found " + Values.typeName(value));
    }
    int part = bound.text(1, "key").value().equals("value") ? 1 : 0;
    List<Object> items = CollectionMethods.items(map, evaluator.budget);
    sort(
        items,
        item -> ((Tuple) item).items().get(part),
        bound.flag(0, false),
        bound.flag(2, false),
        evaluator);
    return items;
  }

  private static Object sort(Object value, Arguments arguments, Evaluator evaluator) {
    Arguments.Bound bound = arguments.bind("sort", 0, "reverse", "case_sensitive", "attribute");
    List<Object> items = new ArrayList<>(iterate(value, evaluator));
    sort(
        items,
        key(bound.find(2), evaluator),
        bound.flag(1, false),
        bound.flag(0, false),
        evaluator);
    return items;
  }

  private interface Key {
    Object of(Object item);
  }

  private static Key key(@Nullable Object attribute, Evaluator evaluator) {
    return attribute == null || attribute == None.NONE
        ? item -> item
        : item -> attribute(item, attribute, evaluator);
  }

  private static void sort(
      List<Object> items, Key key, boolean caseSensitive, boolean reverse, Evaluator evaluator) {
    Comparator<Object> order =
        (a, b) ->
            Values.compare(
                "<",
                folded(key.of(a), caseSensitive),
                folded(key.of(b), caseSensitive),
                evaluator.budget);
    items.sort(reverse ? order.reversed() : order);
  }

  private static Object folded(Object value, boolean caseSensitive) {
    return value instanceof Text text && !caseSensitive
        ? text.with(text.value().toLowerCase(Locale.ROOT))
        : value;
  }

  private static Object unique(Object value, Arguments arguments, Evaluator evaluator) {
    Arguments.Bound bound = arguments.bind("unique", 0, "case_sensitive", "attribute");
    Key key = key(bound.find(1), evaluator);
    List<Object> keys = new ArrayList<>();
    List<Object> kept = new ArrayList<>();
    for (Object item : iterate(value, evaluator)) {
      Object one = folded(key.of(item), bound.flag(0, false));
      if (!Values.contains(keys, one, evaluator.budget)) {
        keys.add(one);
        kept.add(item);
      }
    }
    return new Generated(kept);
  }

  private static Object sum(Object value, Arguments arguments, Evaluator evaluator) {
    Arguments.Bound bound = arguments.bind("sum", 0, "attribute", "start");
    Key key = key(bound.find(0), evaluator);
    Object sum = bound.get(1, BigInteger.ZERO);
    Operators operators = new Operators(evaluator.budget);
    for (Object item : iterate(value, evaluator)) {
      sum = operators.apply("+", sum, key.of(item));
    }
    return sum;
  }

  private static Object extreme(
      String name, Object value, Arguments arguments, Evaluator evaluator) {
    Arguments.Bound bound = arguments.bind(name, 0, "case_sensitive", "attribute");
    List<Object> items = new ArrayList<>(iterate(value, evaluator));
    if (items.isEmpty()) {
      return new Undefined("No aggregated item, sequence was empty.");
    }
    sort(items, key(bound.find(1), evaluator), bound.flag(0, false), name.equals("max"), evaluator);
    return items.getFirst();
  }

  /** Attributes of all items, for {@code join} and {@code map}. */
  static List<Object> attributes(Object value, Object attribute, Evaluator evaluator) {
    List<Object> values = new ArrayList<>();
    for (Object item : iterate(value, evaluator)) {
      values.add(attribute(item, attribute, evaluator));
    }
    return values;
  }

  /** An attribute by its name, with dots between names of attributes of attributes. */
  private static Object attribute(Object item, Object attribute, Evaluator evaluator) {
    if (!(attribute instanceof Text path)) {
      return Attributes.item(item, attribute, evaluator.budget);
    }
    Object value = item;
    for (String name : path.value().split("\\.", -1)) {
      boolean number = !name.isEmpty() && name.chars().allMatch(c -> c >= '0' && c <= '9');
      value =
          Attributes.item(
              value,
              number && name.length() < 10 ? new BigInteger(name) : Text.written(name),
              evaluator.budget);
    }
    return value;
  }

  private static Object map(Object value, Arguments arguments, Evaluator evaluator) {
    if (arguments.positional().isEmpty()) {
      Arguments.Bound bound = arguments.bind("map", 0, "attribute", "default");
      List<Object> values = attributes(value, bound.get(0), evaluator);
      Object otherwise = bound.find(1);
      if (otherwise != null) {
        values.replaceAll(one -> one instanceof Undefined ? otherwise : one);
      }
      return new Generated(values);
    }
    String filter = name("map", arguments);
    Arguments rest = new Arguments(tail(arguments.positional()), arguments.named());
    List<Object> values = new ArrayList<>();
    for (Object item : iterate(value, evaluator)) {
      values.add(Filters.apply(filter, item, rest, evaluator));
    }
    return new Generated(values);
  }

  private static String name(String function, Arguments arguments) {
    if (arguments.positional().getFirst() instanceof Text name) {
      return name.value();
    }
    throw new Fault(function + "(): expected a name as the first argument");
  }

  private static List<Object> tail(List<Object> list) {
    return list.subList(1, list.size());
  }

  private static Object select(
      String name, Object value, Arguments arguments, Evaluator evaluator) {
    boolean wanted = name.startsWith("select");
    boolean byAttribute = name.endsWith("attr");
    List<Object> rest = arguments.positional();
    if (byAttribute && rest.isEmpty()) {
      throw new Fault(name + "(): expected an attribute");
    }
    Object attribute = byAttribute ? rest.getFirst() : None.NONE;
    List<Object> test = byAttribute ? tail(rest) : rest;
    List<Object> kept = new ArrayList<>();
    for (Object item : iterate(value, evaluator)) {
      evaluator.budget.step();
      Object tested = byAttribute ? attribute(item, attribute, evaluator) : item;
      boolean passes =
          test.isEmpty()
              ? Values.isTrue(tested)
              : Tests.apply(
                  name(name, new Arguments(test, Map.of())),
                  tested,
                  new Arguments(tail(test), arguments.named()),
                  evaluator);
      if (passes == wanted) {
        kept.add(item);
      }
    }
    return new Generated(kept);
  }

  private static Object group(Object value, Arguments arguments, Evaluator evaluator) {
    Arguments.Bound bound = arguments.bind("groupby", 1, "attribute", "default", "case_sensitive");
    boolean caseSensitive = bound.flag(2, false);
    Key key =
        item -> {
          Object found = attribute(item, bound.get(0), evaluator);
          return found instanceof Undefined ? bound.get(1, found) : found;
        };
    List<Object> items = new ArrayList<>(iterate(value, evaluator));
    sort(items, key, caseSensitive, false, evaluator);
    List<Object> groups = new ArrayList<>();
    List<Object> group = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      group.add(items.get(i));
      Object one = key.of(items.get(i));
      if (i == items.size() - 1
          || !Values.equal(
              folded(one, caseSensitive),
              folded(key.of(items.get(i + 1)), caseSensitive),
              evaluator.budget)) {
        groups.add(new Tuple(List.of(one, group)));
        group = new ArrayList<>();
      }
    }
    return groups;
  }

  private static Object batch(Object value, Arguments arguments, Evaluator evaluator) {
    Arguments.Bound bound = arguments.bind("batch", 1, "linecount", "fill_with");
    int size = bound.integer(0);
    if (size < 1) {
      throw new Fault("batch(): expected a size of at least 1, found " + size);
    }
    List<Object> items = iterate(value, evaluator);
    List<Object> batches = new ArrayList<>();
    for (int from = 0; from < items.size(); from += size) {
      int to = (int) Math.min(items.size(), (long) from + size);
      List<Object> batch = new ArrayList<>(items.subList(from, to));
      Object fill = bound.get(1, None.NONE);
      if (fill != None.NONE) {
        evaluator.budget.make(16L * size);
        while (batch.size() < size) {
          batch.add(fill);
        }
      }
      batches.add(batch);
      if (to == items.size()) {
        break;
      }
    }
    return new Generated(batches);
  }

  private static Object slice(Object value, Arguments arguments, Evaluator evaluator) {
    Arguments.Bound bound = arguments.bind("slice", 1, "slices", "fill_with");
    int count = bound.integer(0);
    if (count < 1) {
      throw new Fault("slice(): expected at least 1 slice, found " + count);
    }
    evaluator.budget.make(16L * count);
    List<Object> items = iterate(value, evaluator);
    int size = items.size() / count;
    int longer = items.size() % count;
    List<Object> slices = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < count; i++) {
      int to = from + size + (i < longer ? 1 : 0);
      List<Object> slice = new ArrayList<>(items.subList(from, to));
      Object fill = bound.get(1, None.NONE);
      if (fill != None.NONE && i >= longer) {
        slice.add(fill);
      }
      slices.add(slice);
      from = to;
    }
    return new Generated(slices);
  }
}

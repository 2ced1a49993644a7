// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.time.Clock;
import java.util.AbstractList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions that every template has. */
final class Globals {
  private static final int MAX_RANGE = 100_000;

  private Globals() {}

  static void define(Scope scope, Clock clock, Budget budget) {
    scope.set("range", (Callable) Globals::range);
    scope.set("namespace", (Callable) Globals::namespace);
    scope.set("dict", (Callable) Globals::map);
    scope.set("cycler", (Callable) Globals::cycler);
    scope.set("joiner", (Callable) Globals::joiner);
    scope.set(
        "raise_exception",
        (Callable)
            arguments -> {
              Object message = arguments.bind("raise_exception", 1, "message").get(0);
              throw new Fault(Printer.print(message, budget).value());
            });
    scope.set(
        "strftime_now",
        (Callable)
            arguments -> {
              Text format = arguments.bind("strftime_now", 1, "format").text(0);
              return new Strftime(clock, budget).format(format);
            });
  }

  private static Object range(Arguments arguments) {
    Arguments.Bound bound = arguments.bind("range", 1, "start", "stop", "step");
    boolean one = arguments.positional().size() == 1;
    long from = one ? 0 : bound.integer(0);
    long to = one ? bound.integer(0) : bound.integer(1);
    long step = bound.integer(2, 1);
    if (step == 0) {
      throw new Fault("range() arg 3 must not be zero");
    }
    long size =
        Math.max(0, step > 0 ? (to - from + step - 1) / step : (from - to - step - 1) / -step);
    if (size > MAX_RANGE) {
      throw new Fault("range(): expected at most " + MAX_RANGE + " items, found " + size);
    }
    return new Range(from, step, (int) size);
  }

  /** Numbers at equal distances, made when asked for. */
  private static final class Range extends AbstractList<Object> {
    private final long from;
    private final long step;
    private final int size;

    Range(long from, long step, int size) {
      this.from = from;
      this.step = step;
      this.size = size;
    }

    @Override
    public Object get(int index) {
      return Numbers.integer(from + index * step);
    }

    @Override
    public int size() {
      return size;
    }
  }

  private static Object namespace(Arguments arguments) {
    Namespace namespace = new Namespace();
    map(arguments).forEach((name, value) -> namespace.values.put(name.toString(), value));
    return namespace;
  }

  private static Map<Object, Object> map(Arguments arguments) {
    Map<Object, Object> map = new LinkedHashMap<>();
    Object first =
        new Arguments(arguments.positional(), Map.of()).bind("dict", 0, "mapping").get(0, Map.of());
    if (!(first instanceof Map<?, ?> entries)) {
      throw new Fault("dict(): expected a mapping, found " + Values.typeName(first));
    }
    map.putAll(entries);
    arguments.named().forEach((name, value) -> map.put(Text.written(name), value));
    return map;
  }

  private static Object cycler(Arguments arguments) {
    List<Object> items = arguments.positional();
    if (items.isEmpty()) {
      throw new Fault("cycler() needs at least one item");
    }
    Namespace cycler = new Namespace();
    cycler.values.put("current", items.getFirst());
    int[] at = {0};
    cycler.values.put(
        "next",
        (Callable)
            none -> {
              Object current = items.get(at[0]);
              at[0] = (at[0] + 1) % items.size();
              cycler.values.put("current", items.get(at[0]));
              return current;
            });
    cycler.values.put(
        "reset",
        (Callable)
            none -> {
              at[0] = 0;
              cycler.values.put("current", items.getFirst());
              return None.NONE;
            });
    return cycler;
  }

  private static Object joiner(Arguments arguments) {
    Text separator = arguments.bind("joiner", 0, "sep").text(0, ", ");
    boolean[] used = {false};
    return (Callable)
        none -> {
          Text text = used[0] ? separator : Text.EMPTY;
          used[0] = true;
          return text;
        };
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** What {@code loop} stands for within a loop; of a recursive loop it can be called. */
final class Loop implements Callable {
  private final List<Object> items;
  private final int depth;
  private final @Nullable BiFunction<Object, Integer, Object> body;
  private final Budget budget;
  private int index;
  private @Nullable Object changed;

  /**
   * A loop before its first item.
   *
   * @param items what it goes over
   * @param depth how many recursive calls it is in
   * @param body runs the loop over other items at a depth, where it is recursive
   */
  Loop(
      List<Object> items,
      int depth,
      @Nullable BiFunction<Object, Integer, Object> body,
      Budget budget) {
    this.items = items;
    this.depth = depth;
    this.body = body;
    this.budget = budget;
  }

  void moveTo(int next) {
    index = next;
  }

  @Nullable Object attribute(String name) {
    int size = items.size();
    return switch (name) {
      case "index" -> Numbers.integer(index + 1);
      case "index0" -> Numbers.integer(index);
      case "revindex" -> Numbers.integer(size - index);
      case "revindex0" -> Numbers.integer(size - index - 1);
      case "first" -> index == 0;
      case "last" -> index == size - 1;
      case "length" -> Numbers.integer(size);
      case "depth" -> Numbers.integer(depth + 1);
      case "depth0" -> Numbers.integer(depth);
      case "previtem" ->
          index > 0 ? items.get(index - 1) : new Undefined("there is no previous item");
      case "nextitem" ->
          index < size - 1 ? items.get(index + 1) : new Undefined("there is no next item");
      case "cycle" -> (Callable) this::cycle;
      case "changed" -> (Callable) this::changed;
      default -> null;
    };
  }

  private Object cycle(Arguments arguments) {
    if (arguments.positional().isEmpty()) {
      throw new Fault("cycle() needs something to cycle through");
    }
    return arguments.positional().get(index % arguments.positional().size());
  }

  private Object changed(Arguments arguments) {
    Object value = new Tuple(arguments.positional());
    boolean differs = changed == null || !Values.equal(changed, value, budget);
    changed = value;
    return differs;
  }

  @Override
  public Object call(Arguments arguments) {
    if (body == null) {
      throw new Fault("the loop is not 'recursive', so it cannot be called");
    }
    return body.apply(arguments.bind("loop", 1, "items").get(0), depth + 1);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Python's slices. */
final class Slices {
  private Slices() {}

  static Object slice(Object target, Object start, Object stop, Object step, Budget budget) {
    if (target instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (!(target instanceof Text || target instanceof List<?> || target instanceof Tuple)) {
      throw new Fault(
          target instanceof Map
              ? "unhashable type: 'slice'"
              : "'" + Values.typeName(target) + "' object is not subscriptable");
    }
    int by = bound(step, 1);
    if (by == 0) {
      throw new Fault("slice step cannot be zero");
    }
    int length = Values.length(target);
    int from = clip(bound(start, by > 0 ? 0 : length - 1), start, length, by);
    int to = clip(bound(stop, by > 0 ? length : -1), stop, length, by);
    if (target instanceof Text text) {
      budget.make(text.value().length());
      return by == 1 ? part(text, from, to) : stepped(text, from, to, by);
    }
    List<Object> items = Values.iterate(target, budget);
    budget.make(items.size());
    List<Object> taken = new ArrayList<>();
    for (long i = from; by > 0 ? i < to : i > to; i += by) {
      taken.add(items.get((int) i));
    }
    return target instanceof Tuple ? new Tuple(taken) : taken;
  }

  private static int bound(Object bound, int otherwise) {
    return switch (bound) {
      case None _ -> otherwise;
      case BigInteger integer -> Numbers.clamp(integer);
      case Boolean flag -> flag ? 1 : 0;
      case Undefined undefined -> throw undefined.fault();
      default -> throw new Fault("slice indices must be integers or None");
    };
  }

  /** A given bound within the sequence, counted from its end if negative. */
  private static int clip(int bound, Object given, int length, int step) {
    if (given == None.NONE) {
      return bound;
    }
    int low = step > 0 ? 0 : -1;
    int high = step > 0 ? length : length - 1;
    long index = bound < 0 ? (long) bound + length : bound;
    return Math.clamp(index, low, Math.max(low, high));
  }

  /** Characters from one to before another. */
  private static Text part(Text text, int from, int to) {
    if (from >= to) {
      return Text.EMPTY;
    }
    int begin = text.value().offsetByCodePoints(0, from);
    return text.part(begin, text.value().offsetByCodePoints(begin, to - from));
  }

  private static Text stepped(Text text, int from, int to, int by) {
    List<Object> characters = Values.items(text);
    TextBuilder taken = new TextBuilder();
    for (long i = from; characters != null && (by > 0 ? i < to : i > to); i += by) {
      taken.append((Text) characters.get((int) i));
    }
    return taken.build();
  }
}

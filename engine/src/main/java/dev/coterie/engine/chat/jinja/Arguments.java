// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a call.
 *
 * @param positional those without names
 * @param named those with names
 */
record Arguments(List<Object> positional, Map<String, Object> named) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  static Arguments of(Object... positional) {
    return new Arguments(List.of(positional), Map.of());
  }

  /**
   * Puts arguments in the order of a function's parameters.
   *
   * @param function its name
   * @param required how many of the parameters must be given
   * @param parameters their names
   */
  Bound bind(String function, int required, String... parameters) {
    @Nullable Object[] values = new @Nullable Object[parameters.length];
    if (positional.size() > parameters.length) {
      throw new Fault(
          function
              + "(): expected at most "
              + parameters.length
              + " arguments, found "
              + positional.size());
    }
    for (int i = 0; i < positional.size(); i++) {
      values[i] = positional.get(i);
    }
    for (Map.Entry<String, Object> entry : named.entrySet()) {
      int at = List.of(parameters).indexOf(entry.getKey());
      if (at < 0) {
        throw new Fault(
            function + "() got an unexpected keyword argument '" + entry.getKey() + "'");
      }
      if (values[at] != null) {
        throw new Fault(function + "() got multiple values for argument '" + entry.getKey() + "'");
      }
      values[at] = entry.getValue();
    }
    for (int i = 0; i < required; i++) {
      if (values[i] == null) {
        throw new Fault(function + "() is missing its argument '" + parameters[i] + "'");
      }
    }
    return new Bound(function, parameters, values);
  }

  /** Checks that there are none. */
  void none(String function) {
    bind(function, 0);
  }

  /** Arguments in the order of parameters. */
  static final class Bound {
    private final String function;
    private final String[] parameters;
    private final @Nullable Object[] values;

    private Bound(String function, String[] parameters, @Nullable Object[] values) {
      this.function = function;
      this.parameters = parameters;
      this.values = values;
    }

    /** An argument, or null if it is not given. */
    @Nullable Object find(int index) {
      return values[index];
    }

    Object get(int index) {
      Object value = values[index];
      if (value == null) {
        throw new Fault(function + "() is missing its argument '" + parameters[index] + "'");
      }
      return value;
    }

    Object get(int index, Object otherwise) {
      Object value = values[index];
      return value == null ? otherwise : value;
    }

    Text text(int index) {
      if (get(index) instanceof Text text) {
        return text;
      }
      throw wrong(index, "a string");
    }

    Text text(int index, String otherwise) {
      return values[index] == null ? Text.written(otherwise) : text(index);
    }

    int integer(int index) {
      if (get(index) instanceof Boolean flag) {
        return flag ? 1 : 0;
      }
      if (get(index) instanceof BigInteger number) {
        return Numbers.clamp(number);
      }
      throw wrong(index, "an integer");
    }

    int integer(int index, int otherwise) {
      return values[index] == null ? otherwise : integer(index);
    }

    boolean flag(int index, boolean otherwise) {
      Object value = values[index];
      return value == null ? otherwise : Values.isTrue(value);
    }

    Fault wrong(int index, String expected) {
      return new Fault(
          function
              + "(): argument '"
              + parameters[index]
              + "': expected "
              + expected
              + ", found "
              + Values.typeName(get(index)));
    }
  }
}

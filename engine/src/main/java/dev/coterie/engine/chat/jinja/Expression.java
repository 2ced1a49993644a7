// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What has a value. Positions are in chars from the start of the template. */
sealed interface Expression {
  int position();

  record Literal(int position, Object value) implements Expression {}

  record Name(int position, String name) implements Expression {}

  record ListOf(int position, List<Expression> items) implements Expression {}

  record TupleOf(int position, List<Expression> items) implements Expression {}

  record MapOf(int position, List<Expression> keys, List<Expression> values)
      implements Expression {}

  /** {@code target.name}. */
  record Attribute(int position, Expression target, String name) implements Expression {}

  /** {@code target[index]}. */
  record Item(int position, Expression target, Expression index) implements Expression {}

  /** {@code target[start:stop:step]}. */
  record Slice(
      int position,
      Expression target,
      @Nullable Expression start,
      @Nullable Expression stop,
      @Nullable Expression step)
      implements Expression {}

  record Call(int position, Expression target, ArgumentList arguments) implements Expression {}

  /** {@code value|name(arguments)}; without a value in a filter block. */
  record Filtered(int position, @Nullable Expression value, String name, ArgumentList arguments)
      implements Expression {}

  /** {@code value is name(arguments)}. */
  record Tested(int position, Expression value, String name, ArgumentList arguments)
      implements Expression {}

  record Negated(int position, Expression value) implements Expression {}

  /** A sign before a value. */
  record Signed(int position, boolean minus, Expression value) implements Expression {}

  record Arithmetic(int position, String operator, Expression left, Expression right)
      implements Expression {}

  record Logic(int position, boolean and, Expression left, Expression right)
      implements Expression {}

  /** {@code first < second < third}. */
  record Comparison(int position, Expression first, List<Operand> operands) implements Expression {}

  record Operand(int position, String operator, Expression value) {}

  /** {@code a ~ b}. */
  record Concatenation(int position, List<Expression> parts) implements Expression {}

  /** {@code then if test else otherwise}. */
  record Conditional(int position, Expression test, Expression then, @Nullable Expression otherwise)
      implements Expression {}

  /** The arguments of a call, with {@code *starred} and {@code **doubleStarred}. */
  record ArgumentList(
      List<Expression> positional,
      Map<String, Expression> named,
      @Nullable Expression starred,
      @Nullable Expression doubleStarred) {
    static final ArgumentList NONE = new ArgumentList(List.of(), Map.of(), null, null);
  }
}

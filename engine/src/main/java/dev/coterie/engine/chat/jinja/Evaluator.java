// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import dev.coterie.engine.chat.jinja.Expression.ArgumentList;
import dev.coterie.engine.chat.jinja.Expression.Operand;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Evaluates expressions. Of one rendering. */
final class Evaluator {
  final Budget budget;
  private final Operators operators;

  /** Where in the template the last thing was done, in chars. */
  private int position;

  Evaluator(Budget budget) {
    this.budget = budget;
    this.operators = new Operators(budget);
  }

  int position() {
    return position;
  }

  void at(int place) {
    position = place;
  }

  Object evaluate(Expression expression, Scope scope) {
    budget.step();
    budget.enter();
    Object value = value(expression, scope);
    budget.leave();
    return value;
  }

  boolean isTrue(Expression expression, Scope scope) {
    return Values.isTrue(evaluate(expression, scope));
  }

  private Object value(Expression expression, Scope scope) {
    return switch (expression) {
      case Expression.Literal literal -> literal.value();
      case Expression.Name name -> scope.get(name.name());
      case Expression.ListOf list -> all(list.items(), scope);
      case Expression.TupleOf tuple -> new Tuple(all(tuple.items(), scope));
      case Expression.MapOf map -> map(map, scope);
      case Expression.Attribute attribute -> {
        Object target = evaluate(attribute.target(), scope);
        position = attribute.position();
        yield Attributes.get(target, attribute.name(), budget);
      }
      case Expression.Item item -> {
        Object target = evaluate(item.target(), scope);
        Object index = evaluate(item.index(), scope);
        position = item.position();
        yield Attributes.item(target, index, budget);
      }
      case Expression.Slice slice -> slice(slice, scope);
      case Expression.Call call -> call(call, scope, null);
      case Expression.Filtered filtered -> filtered(filtered, scope, null);
      case Expression.Tested tested -> {
        Object value = evaluate(tested.value(), scope);
        Arguments arguments = arguments(tested.arguments(), scope);
        position = tested.position();
        yield Tests.apply(tested.name(), value, arguments, this);
      }
      case Expression.Negated negated -> !isTrue(negated.value(), scope);
      case Expression.Signed signed -> {
        Object value = evaluate(signed.value(), scope);
        position = signed.position();
        yield operators.sign(signed.minus(), value);
      }
      case Expression.Arithmetic arithmetic -> {
        Object left = evaluate(arithmetic.left(), scope);
        Object right = evaluate(arithmetic.right(), scope);
        position = arithmetic.position();
        yield operators.apply(arithmetic.operator(), left, right);
      }
      case Expression.Logic logic -> {
        Object left = evaluate(logic.left(), scope);
        yield Values.isTrue(left) == logic.and() ? evaluate(logic.right(), scope) : left;
      }
      case Expression.Comparison comparison -> compare(comparison, scope);
      case Expression.Concatenation concatenation -> concatenate(concatenation, scope);
      case Expression.Conditional conditional -> {
        if (isTrue(conditional.test(), scope)) {
          yield evaluate(conditional.then(), scope);
        }
        Expression otherwise = conditional.otherwise();
        yield otherwise != null
            ? evaluate(otherwise, scope)
            : new Undefined("the inline if-expression evaluated to false and has no else");
      }
    };
  }

  private List<Object> all(List<Expression> items, Scope scope) {
    List<Object> values = new ArrayList<>(items.size());
    for (Expression item : items) {
      values.add(evaluate(item, scope));
    }
    return Collections.unmodifiableList(values);
  }

  private Object map(Expression.MapOf map, Scope scope) {
    Map<Object, Object> entries = new LinkedHashMap<>();
    for (int i = 0; i < map.keys().size(); i++) {
      Object key = evaluate(map.keys().get(i), scope);
      position = map.position();
      Object value = evaluate(map.values().get(i), scope);
      entries.put(Values.key(key), value);
    }
    return Collections.unmodifiableMap(entries);
  }

  private Object slice(Expression.Slice slice, Scope scope) {
    Object target = evaluate(slice.target(), scope);
    Object start = optional(slice.start(), scope);
    Object stop = optional(slice.stop(), scope);
    Object step = optional(slice.step(), scope);
    position = slice.position();
    return Slices.slice(target, start, stop, step, budget);
  }

  private Object optional(@Nullable Expression expression, Scope scope) {
    return expression == null ? None.NONE : evaluate(expression, scope);
  }

  /** Calls; the caller is what a call block passes to its macro. */
  Object call(Expression.Call call, Scope scope, @Nullable Callable caller) {
    Object target = evaluate(call.target(), scope);
    Arguments arguments = arguments(call.arguments(), scope);
    position = call.position();
    if (target instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (!(target instanceof Callable function)) {
      throw new Fault("'" + Values.typeName(target) + "' object is not callable");
    }
    if (caller != null) {
      Map<String, Object> named = new LinkedHashMap<>(arguments.named());
      named.put(MacroFunction.CALLER, caller);
      arguments = new Arguments(arguments.positional(), named);
    }
    return function.call(arguments);
  }

  /** Filters; the block is what stands for the value that a filter block's filter does not have. */
  Object filtered(Expression.Filtered filtered, Scope scope, @Nullable Object block) {
    Object value;
    if (filtered.value() instanceof Expression.Filtered inner && block != null) {
      value = filtered(inner, scope, block);
    } else if (filtered.value() != null) {
      value = evaluate(filtered.value(), scope);
    } else if (block != null) {
      value = block;
    } else {
      throw new AssertionError("filter '" + filtered.name() + "' without a value");
    }
    Arguments arguments = arguments(filtered.arguments(), scope);
    position = filtered.position();
    return Filters.apply(filtered.name(), value, arguments, this);
  }

  private Arguments arguments(ArgumentList list, Scope scope) {
    List<Object> positional = new ArrayList<>(all(list.positional(), scope));
    if (list.starred() != null) {
      positional.addAll(Values.iterate(evaluate(list.starred(), scope), budget));
    }
    Map<String, Object> named = new LinkedHashMap<>();
    for (Map.Entry<String, Expression> entry : list.named().entrySet()) {
      named.put(entry.getKey(), evaluate(entry.getValue(), scope));
    }
    if (list.doubleStarred() != null) {
      if (!(evaluate(list.doubleStarred(), scope) instanceof Map<?, ?> more)) {
        throw new Fault("the argument after ** must be a mapping");
      }
      more.forEach((name, value) -> named.put(name.toString(), value));
    }
    return new Arguments(positional, named);
  }

  private Object compare(Expression.Comparison comparison, Scope scope) {
    Object left = evaluate(comparison.first(), scope);
    for (Operand operand : comparison.operands()) {
      Object right = evaluate(operand.value(), scope);
      position = operand.position();
      if (!operators.compare(operand.operator(), left, right)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private Object concatenate(Expression.Concatenation concatenation, Scope scope) {
    TextBuilder text = new TextBuilder();
    for (Expression part : concatenation.parts()) {
      Text printed = Printer.print(evaluate(part, scope), budget);
      position = part.position();
      budget.make(printed.value().length());
      budget.limit((long) text.length() + printed.value().length());
      text.append(printed);
    }
    return text.build();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import dev.coterie.engine.chat.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.List;

/** Executes statements. Of one rendering. */
final class Interpreter {
  private final Evaluator evaluator;
  private final Budget budget;

  /** How a statement ended. */
  private enum Flow {
    ON,
    BREAK,
    CONTINUE
  }

  Interpreter(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.budget = evaluator.budget;
  }

  Evaluator evaluator() {
    return evaluator;
  }

  /** What statements write. */
  Text text(List<Statement> body, Scope scope) {
    TextBuilder out = new TextBuilder();
    execute(body, scope, out);
    return out.build();
  }

  private Flow execute(List<Statement> body, Scope scope, TextBuilder out) {
    budget.enter();
    Flow flow = Flow.ON;
    for (int i = 0; i < body.size() && flow == Flow.ON; i++) {
      budget.step();
      flow = execute(body.get(i), scope, out);
    }
    budget.leave();
    return flow;
  }

  private Flow execute(Statement statement, Scope scope, TextBuilder out) {
    switch (statement) {
      case Statement.Data(String text) -> write(Text.written(text), out);
      case Statement.Print(Expression value) ->
          write(Printer.print(evaluator.evaluate(value, scope), budget), out);
      case Statement.If conditional -> {
        return conditional(conditional, scope, out);
      }
      case Statement.For loop -> loop(loop, loop.items(), scope, out);
      case Statement.Assign assign -> {
        Object value = evaluator.evaluate(assign.value(), scope);
        evaluator.at(assign.position());
        assign(assign.target(), value, scope);
      }
      case Statement.AssignBlock assign -> {
        Object value = text(assign.body(), new Scope(scope));
        if (assign.filter() instanceof Expression.Filtered filter) {
          value = evaluator.filtered(filter, scope, value);
        }
        evaluator.at(assign.position());
        assign(assign.target(), value, scope);
      }
      case Statement.Macro macro ->
          scope.set(
              macro.name(),
              new MacroFunction(macro.name(), macro.signature(), macro.body(), scope, this));
      case Statement.CallBlock block -> {
        MacroFunction caller =
            new MacroFunction(MacroFunction.CALLER, block.signature(), block.body(), scope, this);
        write(Printer.print(evaluator.call(block.call(), scope, caller), budget), out);
      }
      case Statement.FilterBlock block -> {
        Text inner = text(block.body(), new Scope(scope));
        if (block.filter() instanceof Expression.Filtered filter) {
          write(Printer.print(evaluator.filtered(filter, scope, inner), budget), out);
        }
      }
      case Statement.With with -> {
        Scope inner = new Scope(scope);
        for (int i = 0; i < with.targets().size(); i++) {
          assign(with.targets().get(i), evaluator.evaluate(with.values().get(i), scope), inner);
        }
        return execute(with.body(), inner, out);
      }
      case Statement.Scoped(List<Statement> body) -> {
        return execute(body, new Scope(scope), out);
      }
      case Statement.Break _ -> {
        return Flow.BREAK;
      }
      case Statement.Continue _ -> {
        return Flow.CONTINUE;
      }
    }
    return Flow.ON;
  }

  private void write(Text text, TextBuilder out) {
    budget.make(text.value().length());
    budget.limit((long) out.length() + text.value().length());
    out.append(text);
  }

  private Flow conditional(Statement.If conditional, Scope scope, TextBuilder out) {
    for (Statement.Branch branch : conditional.branches()) {
      if (evaluator.isTrue(branch.test(), scope)) {
        return execute(branch.body(), scope, out);
      }
    }
    return execute(conditional.otherwise(), scope, out);
  }

  private void loop(Statement.For loop, Expression items, Scope scope, TextBuilder out) {
    Object value = evaluator.evaluate(items, scope);
    evaluator.at(loop.position());
    loop(loop, value, 0, scope, out);
  }

  private void loop(Statement.For loop, Object value, int depth, Scope scope, TextBuilder out) {
    List<Object> items = Values.iterate(value, budget);
    if (loop.test() != null) {
      List<Object> kept = new ArrayList<>();
      for (Object item : items) {
        Scope inner = new Scope(scope);
        assign(loop.target(), item, inner);
        if (evaluator.isTrue(loop.test(), inner)) {
          kept.add(item);
        }
      }
      items = kept;
    }
    if (items.isEmpty()) {
      execute(loop.otherwise(), new Scope(scope), out);
      return;
    }
    Loop state =
        new Loop(
            items,
            depth,
            loop.recursive() ? (more, at) -> recursion(loop, more, at, scope) : null,
            budget);
    for (int i = 0; i < items.size(); i++) {
      budget.step();
      state.moveTo(i);
      Scope inner = new Scope(scope);
      inner.set("loop", state);
      assign(loop.target(), items.get(i), inner);
      if (execute(loop.body(), inner, out) == Flow.BREAK) {
        return;
      }
    }
  }

  private Text recursion(Statement.For loop, Object items, int depth, Scope scope) {
    TextBuilder out = new TextBuilder();
    budget.enter();
    loop(loop, items, depth, scope, out);
    budget.leave();
    return out.build();
  }

  private void assign(Target target, Object value, Scope scope) {
    switch (target) {
      case Target.Name(String name) -> scope.set(name, value);
      case Target.Member(int position, String name, String member) -> {
        evaluator.at(position);
        if (!(scope.get(name) instanceof Namespace namespace)) {
          throw new Fault(
              "cannot assign '" + name + "." + member + "': '" + name + "' is no namespace");
        }
        namespace.values.put(member, value);
      }
      case Target.Several(int position, List<Target> targets) -> {
        evaluator.at(position);
        List<Object> items = Values.iterate(value, budget);
        if (items.size() != targets.size()) {
          throw new Fault(
              (items.size() < targets.size() ? "not enough" : "too many")
                  + " values to unpack (expected "
                  + targets.size()
                  + ", found "
                  + items.size()
                  + ")");
        }
        for (int i = 0; i < targets.size(); i++) {
          assign(targets.get(i), items.get(i), scope);
        }
      }
    }
  }
}

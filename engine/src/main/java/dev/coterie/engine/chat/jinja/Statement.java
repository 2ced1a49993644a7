// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a template does. */
sealed interface Statement {
  record Data(String text) implements Statement {}

  record Print(Expression value) implements Statement {}

  record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

  record Branch(Expression test, List<Statement> body) {}

  record For(
      int position,
      Target target,
      Expression items,
      @Nullable Expression test,
      boolean recursive,
      List<Statement> body,
      List<Statement> otherwise)
      implements Statement {}

  record Assign(int position, Target target, Expression value) implements Statement {}

  /** {@code {% set name %}…{% endset %}}, through filters if there are any. */
  record AssignBlock(int position, Target target, @Nullable Expression filter, List<Statement> body)
      implements Statement {}

  record Macro(int position, String name, Signature signature, List<Statement> body)
      implements Statement {}

  /** {@code {% call(x) macro() %}…{% endcall %}}. */
  record CallBlock(Expression.Call call, Signature signature, List<Statement> body)
      implements Statement {}

  record FilterBlock(Expression filter, List<Statement> body) implements Statement {}

  record With(List<Target> targets, List<Expression> values, List<Statement> body)
      implements Statement {}

  /** A body with a scope of its own, such as that of {@code {% generation %}}. */
  record Scoped(List<Statement> body) implements Statement {}

  record Break() implements Statement {}

  record Continue() implements Statement {}

  /** The parameters of a macro; the last ones may have defaults. */
  record Signature(List<String> names, List<Expression> defaults) {
    static final Signature NONE = new Signature(List.of(), List.of());
  }

  /** What takes a value. */
  sealed interface Target {
    record Name(String name) implements Target {}

    /** {@code namespace.name}. */
    record Member(int position, String namespace, String name) implements Target {}

    record Several(int position, List<Target> targets) implements Target {}
  }
}

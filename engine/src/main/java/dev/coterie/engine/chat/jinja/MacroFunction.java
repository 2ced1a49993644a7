// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import dev.coterie.engine.chat.jinja.Statement.Signature;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A macro, which can be called.
 *
 * @param name its name
 * @param signature its parameters
 * @param body what it makes
 * @param scope where it was defined
 * @param interpreter runs it
 */
record MacroFunction(
    String name, Signature signature, List<Statement> body, Scope scope, Interpreter interpreter)
    implements Callable {
  /** What a call block's body is called within the macro. */
  static final String CALLER = "caller";

  @Override
  public Object call(Arguments arguments) {
    interpreter.evaluator().budget.spend(8);
    List<String> names = signature.names();
    Scope inner = new Scope(scope);
    Map<String, Object> named = new LinkedHashMap<>(arguments.named());
    Object caller = names.contains(CALLER) ? null : named.remove(CALLER);
    inner.set(CALLER, caller != null ? caller : new Undefined("no caller defined"));
    Arguments.Bound bound =
        new Arguments(arguments.positional(), named)
            .bind("macro " + name, 0, names.toArray(String[]::new));
    int required = names.size() - signature.defaults().size();
    for (int i = 0; i < names.size(); i++) {
      Object value = bound.find(i);
      if (value == null) {
        value =
            i < required
                ? new Undefined("parameter '" + names.get(i) + "' was not provided")
                : interpreter.evaluator().evaluate(signature.defaults().get(i - required), inner);
      }
      inner.set(names.get(i), value);
    }
    return interpreter.text(body, inner);
  }
}

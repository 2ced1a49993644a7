// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import dev.coterie.ChatTemplateException;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A chat template, parsed. Immutable; any number of threads may render it. */
public final class JinjaTemplate {
  private static final int MAX_LENGTH = 1 << 20;

  private final String source;
  private final List<Statement> body;

  private JinjaTemplate(String source, List<Statement> body) {
    this.source = source;
    this.body = body;
  }

  /**
   * Parses a template.
   *
   * @param source its text
   * @return the template
   * @throws ChatTemplateException if it is malformed
   */
  public static JinjaTemplate parse(String source) {
    if (source.length() > MAX_LENGTH) {
      throw new ChatTemplateException(
          1, 1, "expected at most " + MAX_LENGTH + " characters, found " + source.length());
    }
    String normalized = Lexer.normalize(source);
    try {
      return new JinjaTemplate(normalized, Parser.parse(normalized));
    } catch (SyntaxFault e) {
      throw fault(normalized, e.position, e.detail());
    }
  }

  /**
   * Renders the template.
   *
   * @param variables what the template can name: text, numbers, booleans, null, and lists and maps
   *     of these. A {@link String} counts as said, a {@link Text} as it says itself
   * @param clock what tells the date
   * @return the text
   * @throws ChatTemplateException if the template raises an error, does what Python would not do,
   *     or takes too much
   * @throws IllegalArgumentException if a variable is of another type or nested too deeply
   */
  public Text render(Map<String, ?> variables, Clock clock) {
    Size size = new Size();
    Scope globals = new Scope(null);
    Scope context = new Scope(globals);
    for (Map.Entry<String, ?> variable : variables.entrySet()) {
      Object value = Values.ofInput(variable.getValue());
      size.add(value);
      context.set(variable.getKey(), value);
    }
    Budget budget = new Budget(size.values, size.characters);
    Globals.define(globals, clock, budget);
    Evaluator evaluator = new Evaluator(budget);
    try {
      return new Interpreter(evaluator).text(body, new Scope(context));
    } catch (Fault e) {
      throw fault(source, evaluator.position(), e.detail());
    }
  }

  /** How large an input is. */
  private static final class Size {
    private long values;
    private long characters;

    private void add(@Nullable Object value) {
      values++;
      switch (value) {
        case Text text -> characters += text.value().length();
        case Collection<?> list -> list.forEach(this::add);
        case Map<?, ?> map -> {
          map.keySet().forEach(this::add);
          map.values().forEach(this::add);
        }
        case null, default -> {}
      }
    }
  }

  private static ChatTemplateException fault(String source, int position, String detail) {
    int line = 1;
    int start = 0;
    for (int i = source.indexOf('\n'); i >= 0 && i < position; i = source.indexOf('\n', i + 1)) {
      line++;
      start = i + 1;
    }
    return new ChatTemplateException(line, position - start + 1, detail);
  }
}

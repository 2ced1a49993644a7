// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

/**
 * A piece of a template.
 *
 * @param kind what it is
 * @param text template text, a name, an operator, or the value of a literal
 * @param position where it begins, in chars
 */
record Token(Kind kind, String text, int position) {
  enum Kind {
    DATA("template text"),
    BLOCK_BEGIN("'{%'"),
    BLOCK_END("'%}'"),
    VARIABLE_BEGIN("'{{'"),
    VARIABLE_END("'}}'"),
    NAME("a name"),
    STRING("a string"),
    INTEGER("an integer"),
    FLOAT("a number"),
    OPERATOR("an operator"),
    END("the end of the template");

    final String description;

    Kind(String description) {
      this.description = description;
    }
  }

  boolean is(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  String description() {
    return kind == Kind.NAME || kind == Kind.OPERATOR ? "'" + text + "'" : kind.description;
  }
}

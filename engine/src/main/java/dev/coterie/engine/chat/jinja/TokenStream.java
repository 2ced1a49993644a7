// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import dev.coterie.engine.chat.jinja.Token.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tokens of a template, read from first to last. */
final class TokenStream {
  private static final int MAX_DEPTH = 100;

  private final List<Token> tokens;
  private int at;
  private int depth;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(at);
  }

  Token look() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  int position() {
    return current().position();
  }

  Token next() {
    Token token = current();
    if (token.kind() != Kind.END) {
      at++;
    }
    return token;
  }

  boolean is(Kind kind) {
    return current().kind() == kind;
  }

  boolean skip(String operator) {
    if (current().is(operator)) {
      next();
      return true;
    }
    return false;
  }

  boolean skipName(String name) {
    if (current().isName(name)) {
      next();
      return true;
    }
    return false;
  }

  Token expect(Kind kind) {
    if (!is(kind)) {
      throw unexpected(kind.description);
    }
    return next();
  }

  void expect(String operator) {
    if (!skip(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  SyntaxFault unexpected(String expected) {
    return new SyntaxFault(
        position(), "expected " + expected + ", found " + current().description());
  }

  /** Goes one level deeper, to return with {@link #leave}. */
  void enter() {
    if (++depth > MAX_DEPTH) {
      throw new SyntaxFault(
          position(), "the template nests more than " + MAX_DEPTH + " levels deep");
    }
  }

  void leave() {
    depth--;
  }

  /** Whether the current token is one of these names. */
  boolean isAnyName(@Nullable List<String> names) {
    return names != null && is(Kind.NAME) && names.contains(current().text());
  }
}

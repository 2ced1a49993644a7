// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import dev.coterie.engine.chat.jinja.Expression.ArgumentList;
import dev.coterie.engine.chat.jinja.Expression.Operand;
import dev.coterie.engine.chat.jinja.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses expressions; a method for each level of precedence, loosest first. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final TokenStream tokens;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
  }

  /** One expression, or several with commas between, which are a tuple. */
  Expression tuple(boolean conditional, @Nullable List<String> ends) {
    return tuple(conditional, ends, false);
  }

  private Expression tuple(boolean conditional, @Nullable List<String> ends, boolean inBrackets) {
    int position = tokens.position();
    List<Expression> items = new ArrayList<>();
    boolean comma = false;
    while (!isTupleEnd(ends)) {
      items.add(conditional ? expression() : or());
      if (!tokens.skip(",")) {
        break;
      }
      comma = true;
    }
    if (!comma && items.size() == 1) {
      return items.getFirst();
    }
    if (items.isEmpty() && !inBrackets) {
      throw tokens.unexpected("an expression");
    }
    return new Expression.TupleOf(position, List.copyOf(items));
  }

  private boolean isTupleEnd(@Nullable List<String> ends) {
    return tokens.is(Kind.VARIABLE_END)
        || tokens.is(Kind.BLOCK_END)
        || tokens.current().is(")")
        || tokens.isAnyName(ends);
  }

  /** {@code a if b else c}. */
  Expression expression() {
    tokens.enter();
    int position = tokens.position();
    Expression then = or();
    while (tokens.skipName("if")) {
      Expression test = or();
      Expression otherwise = tokens.skipName("else") ? expression() : null;
      then = new Expression.Conditional(position, test, then, otherwise);
    }
    tokens.leave();
    return then;
  }

  private Expression or() {
    Expression left = and();
    while (tokens.current().isName("or")) {
      int position = tokens.next().position();
      left = new Expression.Logic(position, false, left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (tokens.current().isName("and")) {
      int position = tokens.next().position();
      left = new Expression.Logic(position, true, left, not());
    }
    return left;
  }

  private Expression not() {
    if (tokens.current().isName("not")) {
      tokens.enter();
      int position = tokens.next().position();
      Expression negated = new Expression.Negated(position, not());
      tokens.leave();
      return negated;
    }
    return comparison();
  }

  private Expression comparison() {
    int position = tokens.position();
    Expression first = sum();
    List<Operand> operands = new ArrayList<>();
    while (true) {
      Token token = tokens.current();
      String operator;
      if (token.kind() == Kind.OPERATOR && COMPARISONS.contains(token.text())) {
        operator = token.text();
      } else if (token.isName("in")) {
        operator = "in";
      } else if (token.isName("not") && tokens.look().isName("in")) {
        tokens.next();
        operator = "not in";
      } else {
        break;
      }
      tokens.next();
      operands.add(new Operand(token.position(), operator, sum()));
    }
    return operands.isEmpty()
        ? first
        : new Expression.Comparison(position, first, List.copyOf(operands));
  }

  private Expression sum() {
    Expression left = concatenation();
    while (tokens.current().is("+") || tokens.current().is("-")) {
      Token operator = tokens.next();
      left = new Expression.Arithmetic(operator.position(), operator.text(), left, concatenation());
    }
    return left;
  }

  private Expression concatenation() {
    int position = tokens.position();
    List<Expression> parts = new ArrayList<>();
    do {
      parts.add(product());
    } while (tokens.skip("~"));
    return parts.size() == 1
        ? parts.getFirst()
        : new Expression.Concatenation(position, List.copyOf(parts));
  }

  private Expression product() {
    Expression left = power();
    while (tokens.current().is("*")
        || tokens.current().is("/")
        || tokens.current().is("//")
        || tokens.current().is("%")) {
      Token operator = tokens.next();
      left = new Expression.Arithmetic(operator.position(), operator.text(), left, power());
    }
    return left;
  }

  private Expression power() {
    Expression left = unary(true);
    while (tokens.current().is("**")) {
      int position = tokens.next().position();
      left = new Expression.Arithmetic(position, "**", left, unary(true));
    }
    return left;
  }

  private Expression unary(boolean filtered) {
    tokens.enter();
    Token token = tokens.current();
    Expression value;
    if (token.is("-") || token.is("+")) {
      tokens.next();
      value = new Expression.Signed(token.position(), token.is("-"), unary(false));
    } else {
      value = primary();
    }
    value = postfix(value);
    if (filtered) {
      value = filters(value);
    }
    tokens.leave();
    return value;
  }

  private Expression primary() {
    Token token = tokens.next();
    int position = token.position();
    return switch (token.kind()) {
      case NAME ->
          switch (token.text()) {
            case "true", "True" -> new Expression.Literal(position, true);
            case "false", "False" -> new Expression.Literal(position, false);
            case "none", "None" -> new Expression.Literal(position, None.NONE);
            default -> new Expression.Name(position, token.text());
          };
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (tokens.is(Kind.STRING)) {
          text.append(tokens.next().text());
        }
        yield new Expression.Literal(position, Text.written(text.toString()));
      }
      case INTEGER -> new Expression.Literal(position, integer(token.text()));
      case FLOAT -> new Expression.Literal(position, Double.valueOf(token.text()));
      case OPERATOR ->
          switch (token.text()) {
            case "(" -> {
              Expression inner = tuple(true, null, true);
              tokens.expect(")");
              yield inner;
            }
            case "[" -> new Expression.ListOf(position, list());
            case "{" -> map(position);
            default -> throw unexpected(token);
          };
      default -> throw unexpected(token);
    };
  }

  private static SyntaxFault unexpected(Token token) {
    return new SyntaxFault(
        token.position(), "expected an expression, found " + token.description());
  }

  private static BigInteger integer(String digits) {
    String number = digits.toLowerCase(Locale.ROOT);
    String prefix = number.length() > 1 ? number.substring(0, 2) : "";
    return switch (prefix) {
      case "0x" -> new BigInteger(number.substring(2), 16);
      case "0o" -> new BigInteger(number.substring(2), 8);
      case "0b" -> new BigInteger(number.substring(2), 2);
      default -> new BigInteger(number);
    };
  }

  private List<Expression> list() {
    List<Expression> items = new ArrayList<>();
    while (!tokens.current().is("]")) {
      items.add(expression());
      if (!tokens.skip(",")) {
        break;
      }
    }
    tokens.expect("]");
    return List.copyOf(items);
  }

  private Expression map(int position) {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.current().is("}")) {
      keys.add(expression());
      tokens.expect(":");
      values.add(expression());
      if (!tokens.skip(",")) {
        break;
      }
    }
    tokens.expect("}");
    return new Expression.MapOf(position, List.copyOf(keys), List.copyOf(values));
  }

  private Expression postfix(Expression value) {
    Expression result = value;
    while (true) {
      Token token = tokens.current();
      if (token.is(".")) {
        tokens.next();
        result = attribute(result);
      } else if (token.is("[")) {
        tokens.next();
        result = subscript(token.position(), result);
      } else if (token.is("(")) {
        result = call(result);
      } else {
        return result;
      }
    }
  }

  private Expression attribute(Expression target) {
    Token name = tokens.next();
    return switch (name.kind()) {
      case NAME -> new Expression.Attribute(name.position(), target, name.text());
      case INTEGER ->
          new Expression.Item(
              name.position(),
              target,
              new Expression.Literal(name.position(), integer(name.text())));
      default ->
          throw new SyntaxFault(
              name.position(), "expected a name or an integer, found " + name.description());
    };
  }

  private Expression subscript(int position, Expression target) {
    Expression start = tokens.current().is(":") ? null : expression();
    if (!tokens.skip(":")) {
      tokens.expect("]");
      return new Expression.Item(position, target, start == null ? none(position) : start);
    }
    Expression stop = bound();
    Expression step = tokens.skip(":") ? bound() : null;
    tokens.expect("]");
    return new Expression.Slice(position, target, start, stop, step);
  }

  private static Expression none(int position) {
    return new Expression.Literal(position, None.NONE);
  }

  private @Nullable Expression bound() {
    return tokens.current().is(":") || tokens.current().is("]") ? null : expression();
  }

  private Expression call(Expression target) {
    int position = tokens.position();
    return new Expression.Call(position, target, arguments());
  }

  private ArgumentList arguments() {
    int position = tokens.position();
    tokens.expect("(");
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    Expression starred = null;
    Expression doubleStarred = null;
    while (!tokens.current().is(")")) {
      boolean inOrder = doubleStarred == null;
      if (tokens.skip("*")) {
        inOrder &= starred == null;
        starred = expression();
      } else if (tokens.skip("**")) {
        doubleStarred = expression();
      } else if (tokens.is(Kind.NAME) && tokens.look().is("=")) {
        String name = tokens.next().text();
        tokens.next();
        inOrder &= named.put(name, expression()) == null;
      } else {
        inOrder &= starred == null && named.isEmpty();
        positional.add(expression());
      }
      if (!inOrder) {
        throw new SyntaxFault(position, "the arguments of the call are out of order or repeated");
      }
      if (!tokens.skip(",")) {
        break;
      }
    }
    tokens.expect(")");
    return new ArgumentList(List.copyOf(positional), named, starred, doubleStarred);
  }

  private Expression filters(Expression value) {
    Expression result = value;
    while (true) {
      Token token = tokens.current();
      if (token.is("|")) {
        tokens.next();
        result = filter(result);
      } else if (token.isName("is")) {
        tokens.next();
        result = test(token.position(), result);
      } else if (token.is("(")) {
        result = call(result);
      } else {
        return result;
      }
    }
  }

  /** A filter's name and arguments, on a value or, in a block, on what the block makes. */
  Expression.Filtered filter(@Nullable Expression value) {
    Token name = tokens.expect(Kind.NAME);
    return new Expression.Filtered(name.position(), value, dotted(name), optionalArguments());
  }

  /** The filters of a block, the first without a value. */
  Expression blockFilters() {
    Expression result = filter(null);
    while (tokens.skip("|")) {
      result = filter(result);
    }
    return result;
  }

  private ArgumentList optionalArguments() {
    return tokens.current().is("(") ? arguments() : ArgumentList.NONE;
  }

  private String dotted(Token first) {
    StringBuilder name = new StringBuilder(first.text());
    while (tokens.skip(".")) {
      name.append('.').append(tokens.expect(Kind.NAME).text());
    }
    return name.toString();
  }

  private Expression test(int position, Expression value) {
    boolean negated = tokens.skipName("not");
    Token name = tokens.expect(Kind.NAME);
    String dotted = dotted(name);
    ArgumentList arguments =
        !tokens.current().is("(") && beginsArgument()
            ? new ArgumentList(List.of(postfix(primary())), Map.of(), null, null)
            : optionalArguments();
    Expression tested = new Expression.Tested(name.position(), value, dotted, arguments);
    return negated ? new Expression.Negated(position, tested) : tested;
  }

  private boolean beginsArgument() {
    Token token = tokens.current();
    return switch (token.kind()) {
      case NAME -> {
        if (token.text().equals("is")) {
          throw new SyntaxFault(token.position(), "tests cannot be chained with 'is'");
        }
        yield !Set.of("else", "or", "and").contains(token.text());
      }
      case STRING, INTEGER, FLOAT -> true;
      default -> token.is("[") || token.is("{");
    };
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import dev.coterie.engine.chat.jinja.Statement.Signature;
import dev.coterie.engine.chat.jinja.Statement.Target;
import dev.coterie.engine.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parses the statements of a template. */
final class Parser {
  private final TokenStream tokens;
  private final ExpressionParser expressions;
  private int loops;

  private Parser(TokenStream tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  /**
   * Parses a template.
   *
   * @param source the template, its line ends normalized
   * @return what it does
   * @throws SyntaxFault if it is malformed
   */
  static List<Statement> parse(String source) {
    return new Parser(new TokenStream(new Lexer(source).tokens())).statements(null);
  }

  /** Statements up to one of the tags, which is left; without tags up to the end. */
  private List<Statement> statements(@Nullable List<String> ends) {
    tokens.enter();
    int begin = tokens.position();
    List<Statement> body = new ArrayList<>();
    while (!tokens.is(Kind.END)) {
      switch (tokens.current().kind()) {
        case DATA -> body.add(new Statement.Data(tokens.next().text()));
        case VARIABLE_BEGIN -> {
          tokens.next();
          body.add(new Statement.Print(expressions.tuple(true, null)));
          tokens.expect(Kind.VARIABLE_END);
        }
        default -> {
          tokens.expect(Kind.BLOCK_BEGIN);
          if (tokens.isAnyName(ends)) {
            tokens.leave();
            return List.copyOf(body);
          }
          body.add(statement());
          tokens.expect(Kind.BLOCK_END);
        }
      }
    }
    if (ends != null) {
      throw new SyntaxFault(
          begin, "unexpected end of the template; expected tag " + String.join(" or ", ends));
    }
    tokens.leave();
    return List.copyOf(body);
  }

  /** The body of a block up to one of the tags, which is left. */
  private List<Statement> body(String... ends) {
    tokens.skip(":");
    tokens.expect(Kind.BLOCK_END);
    return statements(List.of(ends));
  }

  private List<Statement> bodyTo(String end) {
    List<Statement> body = body(end);
    tokens.next();
    return body;
  }

  private Statement statement() {
    Token tag = tokens.expect(Kind.NAME);
    int position = tag.position();
    return switch (tag.text()) {
      case "if" -> conditional();
      case "for" -> loop(position);
      case "set" -> assignment(position);
      case "macro" -> macro(position);
      case "call" -> callBlock(position);
      case "filter" -> new Statement.FilterBlock(expressions.blockFilters(), bodyTo("endfilter"));
      case "with" -> with();
      case "generation" -> new Statement.Scoped(bodyTo("endgeneration"));
      case "break" -> inLoop(tag, new Statement.Break());
      case "continue" -> inLoop(tag, new Statement.Continue());
      case "extends", "include", "import", "from", "block" ->
          throw new SyntaxFault(
              position,
              "tag '" + tag.text() + "': a chat template has no other templates to go with");
      default -> throw new SyntaxFault(position, "unknown tag '" + tag.text() + "'");
    };
  }

  private Statement inLoop(Token tag, Statement statement) {
    if (loops == 0) {
      throw new SyntaxFault(tag.position(), "'" + tag.text() + "' outside of a loop");
    }
    return statement;
  }

  private Statement conditional() {
    List<Statement.Branch> branches = new ArrayList<>();
    List<Statement> otherwise = List.of();
    while (true) {
      Expression test = expressions.tuple(false, null);
      branches.add(new Statement.Branch(test, body("elif", "else", "endif")));
      String tag = tokens.next().text();
      if (tag.equals("elif")) {
        continue;
      }
      if (tag.equals("else")) {
        otherwise = bodyTo("endif");
      }
      return new Statement.If(List.copyOf(branches), otherwise);
    }
  }

  private Statement loop(int position) {
    Target target = target(List.of("in"), false);
    tokens.expectName("in");
    Expression items = expressions.tuple(false, List.of("recursive"));
    Expression test = tokens.skipName("if") ? expressions.expression() : null;
    boolean recursive = tokens.skipName("recursive");
    loops++;
    List<Statement> body = body("endfor", "else");
    loops--;
    List<Statement> otherwise = tokens.next().text().equals("else") ? bodyTo("endfor") : List.of();
    return new Statement.For(position, target, items, test, recursive, body, otherwise);
  }

  private Statement assignment(int position) {
    Target target = target(null, true);
    if (tokens.skip("=")) {
      return new Statement.Assign(position, target, expressions.tuple(true, null));
    }
    Expression filter = tokens.skip("|") ? expressions.blockFilters() : null;
    return new Statement.AssignBlock(position, target, filter, bodyTo("endset"));
  }

  /** One target or several with commas between. */
  private Target target(@Nullable List<String> ends, boolean members) {
    int position = tokens.position();
    List<Target> targets = new ArrayList<>();
    boolean comma = false;
    while (targets.isEmpty() || tokens.is(Kind.NAME) || tokens.current().is("(")) {
      if (comma && tokens.isAnyName(ends)) {
        break;
      }
      targets.add(single(members));
      if (!tokens.skip(",")) {
        break;
      }
      comma = true;
    }
    return comma ? new Target.Several(position, List.copyOf(targets)) : targets.getFirst();
  }

  private Target single(boolean members) {
    if (tokens.skip("(")) {
      tokens.enter();
      Target inner = target(null, members);
      tokens.expect(")");
      tokens.leave();
      return inner;
    }
    Token name = tokens.expect(Kind.NAME);
    if (members && tokens.skip(".")) {
      return new Target.Member(name.position(), name.text(), tokens.expect(Kind.NAME).text());
    }
    return new Target.Name(checked(name));
  }

  private static String checked(Token name) {
    return switch (name.text()) {
      case "true", "True", "false", "False", "none", "None" ->
          throw new SyntaxFault(name.position(), "cannot assign to '" + name.text() + "'");
      default -> name.text();
    };
  }

  private Statement macro(int position) {
    String name = checked(tokens.expect(Kind.NAME));
    Signature signature = signature();
    return new Statement.Macro(position, name, signature, outsideLoops("endmacro"));
  }

  private List<Statement> outsideLoops(String end) {
    int outer = loops;
    loops = 0;
    List<Statement> body = bodyTo(end);
    loops = outer;
    return body;
  }

  private Signature signature() {
    tokens.expect("(");
    List<String> names = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    while (!tokens.current().is(")")) {
      Token name = tokens.expect(Kind.NAME);
      names.add(checked(name));
      if (tokens.skip("=")) {
        defaults.add(expressions.expression());
      } else if (!defaults.isEmpty()) {
        throw new SyntaxFault(
            name.position(), "parameter '" + name.text() + "' needs a default, as one before it");
      }
      if (!tokens.skip(",")) {
        break;
      }
    }
    tokens.expect(")");
    return new Signature(List.copyOf(names), List.copyOf(defaults));
  }

  private Statement callBlock(int position) {
    Signature signature = tokens.current().is("(") ? signature() : Signature.NONE;
    if (expressions.expression() instanceof Expression.Call call) {
      return new Statement.CallBlock(call, signature, outsideLoops("endcall"));
    }
    throw new SyntaxFault(position, "expected a call in the call block");
  }

  private Statement with() {
    List<Target> targets = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.is(Kind.BLOCK_END)) {
      targets.add(single(false));
      tokens.expect("=");
      values.add(expressions.expression());
      if (!tokens.skip(",")) {
        break;
      }
    }
    return new Statement.With(List.copyOf(targets), List.copyOf(values), bodyTo("endwith"));
  }
}

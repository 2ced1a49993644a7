// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import dev.coterie.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** Reads calls with literals as Python writes them: {@code [f(a=1, b='x'), g()]}. */
final class PythonCalls {
  private static final int MAX_DEPTH = 100;

  private final String text;
  private final CallIds ids;
  private int at;

  PythonCalls(String text, CallIds ids) {
    this.text = text;
    this.ids = ids;
  }

  /** A list of calls, or one call. */
  List<ToolCall> read() throws MalformedCall {
    List<ToolCall> calls = new ArrayList<>();
    if (skip('[')) {
      while (!skip(']')) {
        calls.add(call());
        if (!skip(',') && peek() != ']') {
          throw expected("',' or ']'");
        }
      }
    } else {
      calls.add(call());
    }
    if (peek() != 0) {
      throw expected("nothing behind the calls");
    }
    return calls;
  }

  private ToolCall call() throws MalformedCall {
    String name = name();
    require('(');
    StringJoiner arguments = new StringJoiner(", ", "{", "}");
    while (!skip(')')) {
      String argument = name();
      require('=');
      arguments.add(JsonSlices.quote(argument) + ": " + value(0));
      if (!skip(',') && peek() != ')') {
        throw expected("',' or ')'");
      }
    }
    String method = name.endsWith(".call") ? name.substring(0, name.length() - 5) : name;
    return JsonCalls.call("", method, arguments.toString(), ids);
  }

  private String name() throws MalformedCall {
    peek();
    int begin = at;
    while (at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || "_.-".indexOf(text.charAt(at)) >= 0)) {
      at++;
    }
    if (at == begin) {
      throw expected("a name");
    }
    return text.substring(begin, at);
  }

  private String value(int depth) throws MalformedCall {
    if (depth > MAX_DEPTH) {
      throw expected("at most " + MAX_DEPTH + " levels");
    }
    char next = peek();
    if (next == '\'' || next == '"') {
      return JsonSlices.quote(string());
    }
    if (skip('[')) {
      return list(']', depth);
    }
    if (skip('{')) {
      return map(depth);
    }
    String word = name(next);
    return switch (word) {
      case "True", "true" -> "true";
      case "False", "false" -> "false";
      case "None", "null" -> "null";
      default -> {
        if (!word.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
          throw expected("a value");
        }
        yield word;
      }
    };
  }

  /** A word or a number, which may have a sign in its exponent. */
  private String name(char first) throws MalformedCall {
    int begin = at;
    if (first == '-' || Character.isDigit(first)) {
      while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      return text.substring(begin, at);
    }
    return name();
  }

  private String list(char end, int depth) throws MalformedCall {
    StringJoiner items = new StringJoiner(", ", "[", "]");
    while (!skip(end)) {
      items.add(value(depth + 1));
      if (!skip(',') && peek() != end) {
        throw expected("',' or '" + end + "'");
      }
    }
    return items.toString();
  }

  private String map(int depth) throws MalformedCall {
    StringJoiner entries = new StringJoiner(", ", "{", "}");
    while (!skip('}')) {
      peek();
      String key = JsonSlices.quote(string());
      require(':');
      entries.add(key + ": " + value(depth + 1));
      if (!skip(',') && peek() != '}') {
        throw expected("',' or '}'");
      }
    }
    return entries.toString();
  }

  private String string() throws MalformedCall {
    char quote = at < text.length() ? text.charAt(at) : 0;
    if (quote != '\'' && quote != '"') {
      throw expected("a string");
    }
    StringBuilder value = new StringBuilder();
    for (at++; at < text.length() && text.charAt(at) != quote; at++) {
      char c = text.charAt(at);
      if (c != '\\') {
        value.append(c);
      } else if (++at < text.length()) {
        value.append(escape());
      }
    }
    if (at >= text.length()) {
      throw expected("the end of a string");
    }
    at++;
    return value.toString();
  }

  private String escape() throws MalformedCall {
    char c = text.charAt(at);
    return switch (c) {
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'r' -> "\r";
      case '\\', '\'', '"' -> String.valueOf(c);
      case 'u' -> {
        try {
          String digits = text.substring(at + 1, at + 5);
          at += 4;
          yield String.valueOf((char) Integer.parseUnsignedInt(digits, 16));
        } catch (IndexOutOfBoundsException | NumberFormatException e) {
          throw expected("four hexadecimal digits");
        }
      }
      default -> "\\" + c;
    };
  }

  /** The next character that is no whitespace, or 0 at the end. */
  private char peek() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at < text.length() ? text.charAt(at) : 0;
  }

  private boolean skip(char c) {
    boolean found = peek() == c;
    at += found ? 1 : 0;
    return found;
  }

  private void require(char c) throws MalformedCall {
    if (!skip(c)) {
      throw expected("'" + c + "'");
    }
  }

  private MalformedCall expected(String what) {
    return new MalformedCall("expected " + what + " at character " + at);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import dev.coterie.engine.chat.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens, with the white space rules that transformers sets: the line feed
 * after a block is dropped ({@code trim_blocks}), as are blanks before a block that begins its line
 * ({@code lstrip_blocks}).
 */
final class Lexer {
  private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*(-%\\}\\s*|%\\})");
  private static final Pattern END_RAW =
      Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(\\+%\\}|-%\\}\\s*|%\\}\\n?)");
  private static final Pattern FLOAT =
      Pattern.compile(
          "(?:\\d+_)*\\d+(?:(?:\\.(?:\\d+_)*\\d+)?[eE][+-]?(?:\\d+_)*\\d+|\\.(?:\\d+_)*\\d+)");
  private static final Pattern INTEGER =
      Pattern.compile(
          "0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[1-9](?:_?\\d)*|0(?:_?0)*");
  private static final List<String> OPERATORS =
      List.of(
          "**", "//", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
          "}", ">", "<", "=", ".", ":", "|", ",", ";");

  /** The patterns recur for each group of digits. */
  private static final int MAX_DIGITS = 400;

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;

  /** Whether what came before ended with a line feed, or nothing did. */
  private boolean lineStarts = true;

  Lexer(String source) {
    this.source = source;
  }

  /** The source with line feeds alone, and without the one at its end. */
  static String normalize(String source) {
    String text = source.replace("\r\n", "\n").replace('\r', '\n');
    return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }

  List<Token> tokens() {
    while (at < source.length()) {
      int tag = nextTag();
      if (tag < 0) {
        add(Kind.DATA, source.substring(at), at);
        break;
      }
      data(tag);
      at = tag;
      tag();
    }
    add(Kind.END, "", source.length());
    return tokens;
  }

  private int nextTag() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "%{#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** The text before a tag, stripped as the tag says. */
  private void data(int tag) {
    char sign = sign(tag + 2);
    boolean variable = source.charAt(tag + 1) == '{';
    data(tag, sign == '-', sign != '+' && !variable);
  }

  private void data(int end, boolean strip, boolean stripLine) {
    String text = source.substring(at, end);
    if (strip) {
      text = PythonStrings.stripEnd(text);
    } else if (stripLine) {
      int line = text.lastIndexOf('\n') + 1;
      if ((line > 0 || lineStarts) && PythonStrings.strip(text.substring(line)).isEmpty()) {
        text = text.substring(0, line);
      }
    }
    if (!text.isEmpty()) {
      add(Kind.DATA, text, at);
    }
  }

  private char sign(int index) {
    char sign = index < source.length() ? source.charAt(index) : ' ';
    return sign == '-' || sign == '+' ? sign : ' ';
  }

  private void tag() {
    int begin = at;
    switch (source.charAt(at + 1)) {
      case '#' -> comment();
      case '{' -> {
        at += sign(at + 2) == ' ' ? 2 : 3;
        add(Kind.VARIABLE_BEGIN, "{{", begin);
        expression(Kind.VARIABLE_END);
      }
      default -> {
        Matcher raw = RAW.matcher(source).region(at, source.length());
        if (raw.lookingAt()) {
          at = raw.end();
          raw(begin);
        } else {
          at += sign(at + 2) == ' ' ? 2 : 3;
          add(Kind.BLOCK_BEGIN, "{%", begin);
          expression(Kind.BLOCK_END);
        }
      }
    }
    lineStarts = at > begin && source.charAt(at - 1) == '\n';
  }

  private void comment() {
    int begin = at + (sign(at + 2) == ' ' ? 2 : 3);
    int end = source.indexOf("#}", begin);
    if (end < 0) {
      throw new SyntaxFault(at, "the comment is not closed; expected '#}'");
    }
    at = end;
    char sign = end > begin ? sign(end - 1) : ' ';
    close(2, sign);
  }

  private void raw(int begin) {
    lineStarts = source.charAt(at - 1) == '\n';
    Matcher end = END_RAW.matcher(source).region(at, source.length());
    if (!end.find()) {
      throw new SyntaxFault(begin, "the raw block is not closed; expected '{% endraw %}'");
    }
    String sign = String.valueOf(end.group(1));
    data(end.start(), sign.equals("-"), !sign.equals("+"));
    at = end.end();
  }

  /** Goes past a closing tag and what its sign strips. */
  private void close(int length, char sign) {
    at += length;
    if (sign == '-') {
      while (at < source.length() && PythonStrings.isSpace(source.charAt(at))) {
        at++;
      }
    } else if (sign == ' ' && at < source.length() && source.charAt(at) == '\n') {
      at++;
    }
  }

  private void expression(Kind end) {
    int begin = at;
    String closing = end == Kind.BLOCK_END ? "%}" : "}}";
    Deque<Character> open = new ArrayDeque<>();
    while (at < source.length()) {
      char character = source.charAt(at);
      if (PythonStrings.isSpace(character)) {
        at++;
      } else if (open.isEmpty() && closes(closing)) {
        return;
      } else {
        token(character, open);
      }
    }
    throw new SyntaxFault(begin, "unexpected end of the template; expected '" + closing + "'");
  }

  private boolean closes(String closing) {
    char sign = sign(at);
    boolean block = closing.equals("%}");
    int skipped = sign == '-' || sign == '+' && block ? 1 : 0;
    if (!source.startsWith(closing, at + skipped)) {
      return false;
    }
    add(block ? Kind.BLOCK_END : Kind.VARIABLE_END, closing, at);
    at += skipped;
    close(2, sign == '-' ? '-' : block ? sign : '+'); // nothing is stripped after a variable
    return true;
  }

  private void token(char character, Deque<Character> open) {
    if (character >= '0' && character <= '9') {
      number();
    } else if (character == '_' || Character.isLetterOrDigit(source.codePointAt(at))) {
      name();
    } else if (character == '\'' || character == '"') {
      string(character);
    } else {
      operator(open);
    }
  }

  private void number() {
    int end = Math.min(source.length(), at + MAX_DIGITS);
    boolean afterDot = at > 0 && source.charAt(at - 1) == '.';
    Matcher number = FLOAT.matcher(source).region(at, end);
    boolean real = !afterDot && number.lookingAt();
    if (!real) {
      number = INTEGER.matcher(source).region(at, end);
      if (!number.lookingAt()) {
        throw new SyntaxFault(at, "malformed number");
      }
    }
    add(real ? Kind.FLOAT : Kind.INTEGER, number.group().replace("_", ""), at);
    at = number.end();
  }

  private void name() {
    int begin = at;
    while (at < source.length()) {
      int character = source.codePointAt(at);
      if (character != '_' && !Character.isLetterOrDigit(character)) {
        break;
      }
      at += Character.charCount(character);
    }
    add(Kind.NAME, source.substring(begin, at), begin);
  }

  private void string(char quote) {
    int begin = at++;
    StringBuilder value = new StringBuilder();
    while (at < source.length()) {
      char character = source.charAt(at++);
      if (character == quote) {
        add(Kind.STRING, value.toString(), begin);
        return;
      }
      if (character == '\\' && at < source.length()) {
        at = Escapes.read(source, at, value);
      } else {
        value.append(character);
      }
    }
    throw new SyntaxFault(begin, "the string is not closed; expected " + quote);
  }

  private void operator(Deque<Character> open) {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, at)) {
        char character = operator.charAt(0);
        switch (character) {
          case '(' -> open.push(')');
          case '[' -> open.push(']');
          case '{' -> open.push('}');
          case ')', ']', '}' -> {
            if (open.isEmpty() || open.pop() != character) {
              throw new SyntaxFault(at, "unexpected '" + character + "'");
            }
          }
          default -> {}
        }
        add(Kind.OPERATOR, operator, at);
        at += operator.length();
        return;
      }
    }
    throw new SyntaxFault(
        at, "unexpected character '" + Character.toString(source.codePointAt(at)) + "'");
  }

  private void add(Kind kind, String text, int position) {
    tokens.add(new Token(kind, text, position));
  }
}

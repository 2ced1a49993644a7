// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import dev.coterie.ToolCall;
import java.util.List;
import java.util.StringJoiner;

/** Calls whose parts stand between tags. */
final class TaggedCalls {
  private static final String DSML = "\uff5cDSML\uff5c";

  private TaggedCalls() {}

  /**
   * {@code NAME<sep>OBJECT}, or before V3.1 {@code function<sep>NAME} and the object in a fence.
   */
  static List<ToolCall> deepSeek(String body, Tools tools, CallIds ids) throws MalformedCall {
    Cursor cursor = new Cursor(body);
    String name = cursor.until("<\uff5ctool\u2581sep\uff5c>").strip();
    if (!name.equals("function") || cursor.rest().stripLeading().startsWith("{")) {
      return List.of(JsonCalls.call("", name, cursor.rest(), ids));
    }
    name = cursor.until("```json").strip();
    String object = cursor.rest();
    int end = object.lastIndexOf("```");
    if (end < 0) {
      throw new MalformedCall("expected ``` behind the arguments");
    }
    return List.of(JsonCalls.call("", name, object.substring(0, end), ids));
  }

  /** A name, and parameters that say whether they are text or JSON. */
  static List<ToolCall> deepSeekMarkup(String body, Tools tools, CallIds ids) throws MalformedCall {
    Cursor cursor = new Cursor(body);
    String name = cursor.until("\">");
    StringJoiner arguments = new StringJoiner(", ", "{", "}");
    while (!cursor.atEnd()) {
      cursor.expect("<" + DSML + "parameter name=\"");
      String parameter = cursor.until("\" string=\"");
      String text = cursor.until("\">");
      String value = cursor.until("</" + DSML + "parameter>");
      arguments.add(
          JsonSlices.quote(parameter)
              + ": "
              + (text.equals("true") ? JsonSlices.quote(value) : json(parameter, value)));
    }
    return List.of(JsonCalls.call("", name, arguments.toString(), ids));
  }

  private static String json(String parameter, String value) throws MalformedCall {
    if (!JsonSlices.isValue(value)) {
      throw new MalformedCall("parameter '" + parameter + "': expected JSON");
    }
    return value.strip();
  }

  /** An object, or a function with parameters whose types are those of the tool's schema. */
  static List<ToolCall> toolCall(String body, Tools tools, CallIds ids) throws MalformedCall {
    if (body.stripLeading().startsWith("{")) {
      return List.of(JsonCalls.call(body, ids));
    }
    Cursor cursor = new Cursor(body);
    cursor.expect("<function=");
    String name = cursor.until(">");
    StringJoiner arguments = new StringJoiner(", ", "{", "}");
    while (!cursor.skip("</function>")) {
      cursor.expect("<parameter=");
      String parameter = cursor.until(">");
      String value = unpadded(cursor.until("</parameter>"));
      arguments.add(
          JsonSlices.quote(parameter) + ": " + typed(tools.isText(name, parameter), value));
    }
    if (!cursor.atEnd()) {
      throw new MalformedCall("expected nothing behind </function>");
    }
    return List.of(JsonCalls.call("", name, arguments.toString(), ids));
  }

  private static String unpadded(String value) {
    int begin = value.startsWith("\n") ? 1 : 0;
    return value.substring(
        begin,
        value.length() > begin && value.endsWith("\n") ? value.length() - 1 : value.length());
  }

  /** What is not text may be written as Python prints it. */
  private static String typed(boolean text, String value) {
    String json =
        switch (value) {
          case "True" -> "true";
          case "False" -> "false";
          case "None" -> "null";
          default -> value.strip();
        };
    return text || !JsonSlices.isValue(json) ? JsonSlices.quote(value) : json;
  }

  /** A place in a text. */
  private static final class Cursor {
    private final String text;
    private int at;

    Cursor(String text) {
      this.text = text;
    }

    String until(String tag) throws MalformedCall {
      int end = text.indexOf(tag, at);
      if (end < 0) {
        throw new MalformedCall("expected " + tag);
      }
      String taken = text.substring(at, end);
      at = end + tag.length();
      return taken;
    }

    /** Goes past a tag if it is next, whitespace aside. */
    boolean skip(String tag) {
      int begin = at;
      while (begin < text.length() && Character.isWhitespace(text.charAt(begin))) {
        begin++;
      }
      boolean found = text.startsWith(tag, begin);
      at = found ? begin + tag.length() : at;
      return found;
    }

    void expect(String tag) throws MalformedCall {
      if (!skip(tag)) {
        throw new MalformedCall("expected " + tag);
      }
    }

    boolean atEnd() {
      return rest().isBlank();
    }

    String rest() {
      return text.substring(at);
    }
  }
}

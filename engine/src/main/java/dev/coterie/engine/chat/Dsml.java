// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ChatTemplateException;
import dev.coterie.engine.chat.jinja.Python;
import dev.coterie.engine.chat.jinja.Text;
import dev.coterie.engine.chat.jinja.TextBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** DeepSeek's markup of tools and calls, and the markers around it. */
final class Dsml {
  static final String BEGINNING = "<\uff5cbegin\u2581of\u2581sentence\uff5c>";
  static final String END = "<\uff5cend\u2581of\u2581sentence\uff5c>";
  static final String USER = "<\uff5cUser\uff5c>";
  static final String ASSISTANT = "<\uff5cAssistant\uff5c>";
  static final String THINK = "<think>";
  static final String END_THINK = "</think>";
  static final String TAG = "\uff5cDSML\uff5c";

  private static final String FORMAT =
      "\n\n## Response Format:\n\nYou MUST strictly adhere to the following schema to reply:\n";

  private Dsml() {}

  /**
   * Writes the tools that a message brings and the format that it asks for.
   *
   * @param instructions what is said around the schemas, which take the place of {@code %s}
   */
  static void tools(DeepSeekMessage message, String instructions, TextBuilder out) {
    if (message.isTrue("tools")) {
      int place = instructions.indexOf("%s");
      out.append("\n\n").append(instructions.substring(0, place));
      String separator = "";
      for (Object tool : message.list("tools")) {
        out.append(separator).append(Python.json(function(tool, "tools")));
        separator = "\n";
      }
      out.append(instructions.substring(place + 2));
    }
    if (message.isTrue("response_format")) {
      out.append(FORMAT).append(Python.json(message.get("response_format")));
    }
  }

  private static Map<?, ?> function(Object holder, String where) {
    if (holder instanceof Map<?, ?> map
        && map.get(Text.written("function")) instanceof Map<?, ?> function) {
      return function;
    }
    throw new ChatTemplateException(where + ": expected an object with 'function' in it");
  }

  /** Writes the calls of a message, if it has any, in a block of a name. */
  static void calls(DeepSeekMessage message, String block, TextBuilder out) {
    if (!message.isTrue("tool_calls")) {
      return;
    }
    out.append("\n\n<" + TAG + block + ">\n");
    for (Object call : message.list("tool_calls")) {
      DeepSeekMessage function = new DeepSeekMessage(function(call, "tool_calls"));
      out.append("<" + TAG + "invoke name=\"")
          .append(Python.str(function.get("name")))
          .append("\">\n");
      parameters(function.get("arguments"), out);
      out.append("\n</" + TAG + "invoke>\n");
    }
    out.append("</" + TAG + block + ">");
  }

  private static void parameters(Object arguments, TextBuilder out) {
    Object value = arguments instanceof Text json ? Python.parseJson(json) : arguments;
    if (!(value instanceof Map<?, ?> map)) {
      throw new ChatTemplateException(
          "tool_calls: expected a JSON object as arguments, found " + Python.json(value));
    }
    List<Text> lines = new ArrayList<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      boolean string = entry.getValue() instanceof Text;
      lines.add(
          new TextBuilder()
              .append("<" + TAG + "parameter name=\"")
              .append(Python.str(entry.getKey()))
              .append("\" string=\"" + string + "\">")
              .append(entry.getValue() instanceof Text text ? text : Python.json(entry.getValue()))
              .append("</" + TAG + "parameter>")
              .build());
    }
    for (int i = 0; i < lines.size(); i++) {
      out.append(i == 0 ? "" : "\n").append(lines.get(i));
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import dev.coterie.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Calls that are written as JSON objects with a name and arguments. */
final class JsonCalls {
  private static final String ARGUMENTS = "[ARGS]";
  private static final String ID = "[CALL_ID]";

  private JsonCalls() {}

  /** The call in an object. */
  static ToolCall call(String json, CallIds ids) throws MalformedCall {
    Map<String, String> members = JsonSlices.members(json);
    String name = members.get("name");
    String arguments = members.getOrDefault("arguments", members.get("parameters"));
    if (name == null || arguments == null) {
      throw new MalformedCall("expected an object with 'name' and 'arguments'");
    }
    String id = members.getOrDefault("id", "");
    return call(
        id.startsWith("\"") ? JsonSlices.text(id) : "", JsonSlices.text(name), arguments, ids);
  }

  /** A call by its parts; arguments that are JSON in a string are taken out of it. */
  static ToolCall call(String id, String name, String arguments, CallIds ids) throws MalformedCall {
    if (name.isBlank()) {
      throw new MalformedCall("expected the name of a tool, found none");
    }
    String stripped = arguments.strip();
    return ids.call(
        id,
        name,
        JsonSlices.object(stripped.startsWith("\"") ? JsonSlices.text(stripped) : stripped));
  }

  private static List<ToolCall> calls(List<String> objects, CallIds ids) throws MalformedCall {
    List<ToolCall> calls = new ArrayList<>();
    for (String object : objects) {
      calls.add(call(object, ids));
    }
    return atLeastOne(calls);
  }

  static List<ToolCall> atLeastOne(List<ToolCall> calls) throws MalformedCall {
    if (calls.isEmpty()) {
      throw new MalformedCall("expected a call, found none");
    }
    return calls;
  }

  /** A list of objects, or in later versions {@code NAME[CALL_ID]ID[ARGS]OBJECT} for each call. */
  static List<ToolCall> mistral(String body, Tools tools, CallIds ids) throws MalformedCall {
    String stripped = body.strip();
    if (stripped.startsWith("[") || stripped.startsWith("{")) {
      return calls(JsonSlices.items(stripped), ids);
    }
    List<ToolCall> calls = new ArrayList<>();
    for (String part : body.split("\\[TOOL_CALLS]", -1)) {
      int arguments = part.indexOf(ARGUMENTS);
      int object = arguments < 0 ? part.indexOf('{') : arguments + ARGUMENTS.length();
      if (object < 0) {
        throw new MalformedCall("expected a name and " + ARGUMENTS);
      }
      String head = part.substring(0, arguments < 0 ? object : arguments);
      int id = head.indexOf(ID);
      calls.add(
          call(
              id < 0 ? "" : head.substring(id + ID.length()).strip(),
              (id < 0 ? head : head.substring(0, id)).strip(),
              part.substring(object),
              ids));
    }
    return calls;
  }

  /** Objects, parted by semicolons or in a list, or calls as Python writes them. */
  static List<ToolCall> llama(String body, Tools tools, CallIds ids) throws MalformedCall {
    String stripped = body.strip();
    String inner = stripped.startsWith("[") ? stripped.substring(1).stripLeading() : stripped;
    if (!inner.startsWith("{")) {
      return atLeastOne(new PythonCalls(stripped, ids).read());
    }
    try {
      return calls(JsonSlices.items(stripped), ids);
    } catch (MalformedCall e) {
      String[] parts = stripped.split(";\\s*(?=\\{)", -1);
      if (parts.length == 1) {
        throw e;
      }
      return calls(List.of(parts), ids);
    }
  }
}

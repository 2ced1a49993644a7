// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import dev.coterie.ToolDefinition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tools that an answer can call. Immutable. */
final class Tools {
  private final Map<String, String> schemas = new HashMap<>();

  Tools(List<ToolDefinition> tools) {
    tools.forEach(tool -> schemas.put(tool.name(), tool.schemaJson()));
  }

  boolean contains(String name) {
    return schemas.containsKey(name);
  }

  /** Whether any tool's name stands in a text. */
  boolean areNamedIn(String text) {
    return schemas.keySet().stream().anyMatch(text::contains);
  }

  /** Whether a parameter is text, as far as the schema tells. */
  boolean isText(String tool, String parameter) {
    try {
      String properties = member(schemas.getOrDefault(tool, "{}"), "properties");
      String type = member(member(properties, parameter), "type");
      return type.equals("{}") || type.contains("\"string\"");
    } catch (MalformedCall e) {
      return true;
    }
  }

  private static String member(String object, String name) throws MalformedCall {
    return JsonSlices.members(object).getOrDefault(name, "{}");
  }
}

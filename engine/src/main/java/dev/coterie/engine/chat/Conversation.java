// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ChatMessage;
import dev.coterie.ChatTemplateException;
import dev.coterie.Prompt;
import dev.coterie.Role;
import dev.coterie.ToolCall;
import dev.coterie.ToolDefinition;
import dev.coterie.engine.chat.jinja.Python;
import dev.coterie.engine.chat.jinja.Text;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Messages and tools as templates name them. */
final class Conversation {
  private static final List<Form> PLAIN = List.of(new Form(false, false));
  private static final List<Form> FORMS =
      List.of(
          new Form(false, true),
          new Form(false, false),
          new Form(true, true),
          new Form(true, false));

  /**
   * What a template may want a call to look like.
   *
   * @param textArguments whether its arguments are JSON in a text, or else a map
   * @param noContent whether content that is empty is none
   */
  record Form(boolean textArguments, boolean noContent) {}

  private Conversation() {}

  /** The forms to try, likeliest first. */
  static List<Form> forms(Prompt.Chat prompt) {
    boolean calls = prompt.messages().stream().anyMatch(message -> !message.toolCalls().isEmpty());
    return calls ? FORMS : PLAIN;
  }

  /** What the template can name. */
  static Map<String, @Nullable Object> variables(Prompt.Chat prompt, Form form) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    variables.put("documents", null);
    variables.putAll(prompt.options().templateArguments());
    List<Object> messages = new ArrayList<>();
    for (ChatMessage message : prompt.messages()) {
      messages.add(message(message, form));
    }
    variables.put("messages", messages);
    List<Object> tools = new ArrayList<>();
    for (ToolDefinition tool : prompt.options().tools()) {
      tools.add(tool(tool));
    }
    variables.put("tools", tools.isEmpty() ? null : tools);
    variables.put("add_generation_prompt", true);
    return variables;
  }

  private static Map<String, @Nullable Object> message(ChatMessage message, Form form) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("role", Text.written(role(message.role())));
    boolean calling = !message.toolCalls().isEmpty();
    fields.put(
        "content",
        calling && form.noContent() && message.content().isEmpty() ? null : message.content());
    if (!message.reasoning().isEmpty()) {
      for (String name : List.of("reasoning_content", "reasoning", "thinking")) {
        fields.put(name, message.reasoning());
      }
    }
    if (calling) {
      List<Object> calls = new ArrayList<>();
      for (ToolCall call : message.toolCalls()) {
        calls.add(call(call, form));
      }
      fields.put("tool_calls", calls);
    }
    if (!message.toolCallId().isEmpty()) {
      fields.put("tool_call_id", message.toolCallId());
    }
    if (!message.name().isEmpty()) {
      fields.put("name", message.name());
    }
    return fields;
  }

  private static String role(Role role) {
    return switch (role) {
      case SYSTEM -> "system";
      case USER -> "user";
      case ASSISTANT -> "assistant";
      case TOOL -> "tool";
    };
  }

  private static Map<String, Object> call(ToolCall call, Form form) {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", call.name());
    Object arguments = json("arguments of the call of '" + call.name() + "'", call.argumentsJson());
    function.put("arguments", form.textArguments() ? call.argumentsJson() : arguments);
    Map<String, Object> fields = new LinkedHashMap<>();
    if (!call.id().isEmpty()) {
      fields.put("id", call.id());
    }
    fields.put("type", "function");
    fields.put("function", function);
    return fields;
  }

  private static Map<String, Object> tool(ToolDefinition tool) {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", tool.name());
    function.put("description", tool.description());
    function.put("parameters", json("schema of tool '" + tool.name() + "'", tool.schemaJson()));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("type", "function");
    fields.put("function", function);
    return fields;
  }

  private static Object json(String what, String document) {
    Object value;
    try {
      value = Python.parseJson(Text.said(document));
    } catch (ChatTemplateException e) {
      throw new IllegalArgumentException(what + ": " + e.detail(), e);
    }
    if (!(value instanceof Map)) {
      throw new IllegalArgumentException(what + ": expected a JSON object, found " + document);
    }
    return value;
  }
}

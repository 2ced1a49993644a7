// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ChatTemplateException;
import dev.coterie.engine.chat.jinja.Python;
import dev.coterie.engine.chat.jinja.Text;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A message as DeepSeek's encoders take it: a map, which has tools and a response format with the
 * system message. Immutable.
 *
 * @param fields its entries by name
 */
record DeepSeekMessage(Map<?, ?> fields) {
  private static final Set<String> ASKING = Set.of("user", "developer");

  /** The messages of a conversation; its tools and response format go with the first system one. */
  static List<DeepSeekMessage> all(Map<String, ?> variables) {
    List<DeepSeekMessage> messages = new ArrayList<>();
    if (!(Python.value(variables.get("messages")) instanceof List<?> list)) {
      throw new ChatTemplateException("messages: expected a list of messages");
    }
    int system = -1;
    for (Object item : list) {
      if (!(item instanceof Map<?, ?> map)) {
        throw new ChatTemplateException("messages: expected maps, found " + Python.str(item));
      }
      DeepSeekMessage message = new DeepSeekMessage(map);
      if (system < 0 && message.role().equals("system")) {
        system = messages.size();
      }
      messages.add(message);
    }
    for (String key : List.of("tools", "response_format")) {
      Object value = Python.value(variables.get(key));
      if (!Python.isTrue(value)) {
        continue;
      }
      if (system < 0) {
        system = 0;
        messages.addFirst(
            new DeepSeekMessage(Map.of(Text.written("role"), Text.written("system"))));
      }
      messages.set(system, messages.get(system).with(key, value));
    }
    return messages;
  }

  /** Whether the model is to think, by either of the names that templates have for it. */
  static boolean thinks(Map<String, ?> variables) {
    String name = variables.containsKey("thinking") ? "thinking" : "enable_thinking";
    return Python.isTrue(Python.value(variables.get(name)));
  }

  /** The index of the last message that asks, or −1. */
  static int lastAsking(List<DeepSeekMessage> messages) {
    for (int i = messages.size() - 1; i >= 0; i--) {
      if (messages.get(i).asks()) {
        return i;
      }
    }
    return -1;
  }

  boolean has(String key) {
    return fields.containsKey(Text.written(key));
  }

  /** An entry, or None. */
  Object get(String key) {
    Object value = fields.get(Text.written(key));
    return value == null ? Python.NONE : value;
  }

  boolean isTrue(String key) {
    return Python.isTrue(get(key));
  }

  String role() {
    return Python.str(get("role")).value();
  }

  boolean asks() {
    return ASKING.contains(role());
  }

  /** An entry's text; empty if it is not there or empty. */
  Text text(String key) {
    return isTrue(key) ? Python.str(get(key)) : Text.EMPTY;
  }

  /** What the model thought before. */
  Text reasoning() {
    return isTrue("reasoning_content") ? text("reasoning_content") : text("reasoning");
  }

  List<?> list(String key) {
    return get(key) instanceof List<?> list ? list : List.of();
  }

  DeepSeekMessage with(String key, Object value) {
    Map<Object, Object> copy = new LinkedHashMap<>(fields);
    copy.put(Text.written(key), value);
    return new DeepSeekMessage(copy);
  }
}

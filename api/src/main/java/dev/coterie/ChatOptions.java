// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a model's chat format is told beside the messages. Immutable.
 *
 * @param tools the tools that the model may call; default none
 * @param templateArguments what the model's template can name beside that: text, numbers, booleans,
 *     null, and lists and maps of these, such as {@code enable_thinking}; default none
 */
public record ChatOptions(List<ToolDefinition> tools, Map<String, ?> templateArguments) {
  /** No tools, and whatever the model's template does by itself. */
  public static final ChatOptions DEFAULT = new ChatOptions(List.of(), Map.of());

  private static final Set<String> RESERVED =
      Set.of("messages", "tools", "add_generation_prompt", "bos_token", "eos_token");
  private static final int MAX_DEPTH = 100;

  /**
   * Copies everything.
   *
   * @throws IllegalArgumentException if an argument is called as something that the template has
   *     from elsewhere, is of another type, or is nested more than 100 levels deep
   */
  public ChatOptions {
    tools = List.copyOf(tools);
    Map<String, @Nullable Object> copy = new LinkedHashMap<>();
    templateArguments.forEach(
        (name, value) -> {
          if (RESERVED.contains(name)) {
            throw new IllegalArgumentException(
                "template argument '" + name + "' is set by Coterie; expected another name");
          }
          copy.put(name, copy(name, value, 0));
        });
    templateArguments = Collections.unmodifiableMap(copy);
  }

  private static @Nullable Object copy(String name, @Nullable Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException(
          "template argument '" + name + "': expected at most " + MAX_DEPTH + " levels");
    }
    return switch (value) {
      case null -> null;
      case String _, Number _, Boolean _ -> value;
      case List<?> list -> {
        List<@Nullable Object> items = new ArrayList<>();
        list.forEach(item -> items.add(copy(name, item, depth + 1)));
        yield Collections.unmodifiableList(items);
      }
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        map.forEach((key, item) -> entries.put(String.valueOf(key), copy(name, item, depth + 1)));
        yield Collections.unmodifiableMap(entries);
      }
      default ->
          throw new IllegalArgumentException(
              "template argument '"
                  + name
                  + "': expected text, a number, a boolean, a list or a map, found "
                  + value.getClass().getName());
    };
  }

  /**
   * These options with other tools.
   *
   * @param definitions the tools
   * @return new options
   */
  public ChatOptions withTools(List<ToolDefinition> definitions) {
    return new ChatOptions(definitions, templateArguments);
  }

  /**
   * These options with one more argument for the template, or another value for it.
   *
   * @param name what the template calls it
   * @param value the value
   * @return new options
   * @throws IllegalArgumentException as the constructor
   */
  public ChatOptions withArgument(String name, @Nullable Object value) {
    Map<String, @Nullable Object> arguments = new LinkedHashMap<>(templateArguments);
    arguments.put(name, value);
    return new ChatOptions(tools, arguments);
  }

  /**
   * These options with thinking on or off, under both names that templates have for it ({@code
   * enable_thinking} and {@code thinking}). Models that always or never think do not heed it.
   *
   * @param thinking whether the model thinks before it answers
   * @return new options
   */
  public ChatOptions withThinking(boolean thinking) {
    return withArgument("enable_thinking", thinking).withArgument("thinking", thinking);
  }

  /**
   * These options with an effort of reasoning ({@code reasoning_effort}).
   *
   * @param effort what the model knows, such as {@code low}, {@code medium}, {@code high} or {@code
   *     max}
   * @return new options
   */
  public ChatOptions withReasoningEffort(String effort) {
    return withArgument("reasoning_effort", effort);
  }
}

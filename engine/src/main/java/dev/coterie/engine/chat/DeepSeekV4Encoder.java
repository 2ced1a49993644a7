// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ChatTemplateException;
import dev.coterie.engine.chat.jinja.Python;
import dev.coterie.engine.chat.jinja.Text;
import dev.coterie.engine.chat.jinja.TextBuilder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What DeepSeek-V4 was trained to read, in the revision of 31 July. Published without a template;
 * after https://huggingface.co/deepseek-ai/DeepSeek-V4-Flash, folder encoding.
 *
 * <p>Results of tools are parts of user messages, in the order of the calls. What the model thought
 * is written after the last question alone, or everywhere in a conversation with tools.
 */
final class DeepSeekV4Encoder implements ChatRenderer {
  /** The words that the model was trained with. */
  private static final String TOOLS =
      """
      ## Tools

      You have access to a set of tools to help answer the user's question. You can invoke \
      tools by writing a "<\uff5cDSML\uff5ctool_calls>" block like the following:

      <\uff5cDSML\uff5ctool_calls>
      <\uff5cDSML\uff5cinvoke name="$TOOL_NAME">
      <\uff5cDSML\uff5cparameter name="$PARAMETER_NAME" \
      string="true|false">$PARAMETER_VALUE</\uff5cDSML\uff5cparameter>
      ...
      </\uff5cDSML\uff5cinvoke>
      <\uff5cDSML\uff5cinvoke name="$TOOL_NAME2">
      ...
      </\uff5cDSML\uff5cinvoke>
      </\uff5cDSML\uff5ctool_calls>

      String parameters should be specified as is and set `string="true"`. For all other \
      types (numbers, booleans, arrays, objects), pass the value in JSON format and set \
      `string="false"`.

      If thinking_mode is enabled (triggered by <think>), you MUST output your complete \
      reasoning inside <think>...</think> BEFORE any tool calls or final response.

      Otherwise, output directly after </think> with tool calls or final response.

      ### Available Tool Schemas

      %s

      You MUST strictly follow the above defined tool name and parameter schemas to invoke \
      tool calls.
      """;

  private static final String HIGH =
      """
      Reasoning Effort: Absolute maximum with no shortcuts permitted.
      You MUST be very thorough in your thinking and comprehensively decompose the problem \
      to resolve the root cause, rigorously stress-testing your logic against all potential \
      paths, edge cases, and adversarial scenarios.
      Explicitly write out your entire deliberation process, documenting every intermediate \
      step, considered alternative, and rejected hypothesis to ensure absolutely no \
      assumption is left unchecked.

      """;

  private static final String MAX =
      """
      Reasoning Effort: Beyond maximum — exhaustive, relentless, and uncompromising.
      You MUST reason with the utmost depth and rigor, leaving absolutely nothing to chance: \
      exhaustively decompose the problem into its most fundamental components, trace every \
      causal chain to its root, and resolve the underlying cause rather than any surface \
      symptom.
      Do not stop reasoning until you have independently verified the solution from multiple \
      angles and are certain that no assumption remains unchecked and no error remains \
      undiscovered.

      """;

  private static final Map<String, String> TASKS =
      Map.of(
          "action", "<\uff5caction\uff5c>",
          "query", "<\uff5cquery\uff5c>",
          "authority", "<\uff5cauthority\uff5c>",
          "domain", "<\uff5cdomain\uff5c>",
          "title", "<\uff5ctitle\uff5c>",
          "read_url", "<\uff5cread_url\uff5c>");

  /** What a user says at once, and the results of tools with it. */
  private record Turn(DeepSeekMessage message, List<Part> parts) {
    String role() {
      return message.role();
    }
  }

  /** A part of a turn; the call that it answers, or empty where it is said. */
  private record Part(boolean result, String call, Text text) {}

  @Override
  public Text render(Map<String, ?> variables) {
    List<DeepSeekMessage> messages = DeepSeekMessage.all(variables);
    boolean thinking = DeepSeekMessage.thinks(variables);
    boolean dropping =
        (!variables.containsKey("drop_thinking")
                || Python.isTrue(Python.value(variables.get("drop_thinking"))))
            && messages.stream().noneMatch(message -> message.isTrue("tools"));
    List<Turn> turns = turns(messages);
    if (thinking && dropping) {
      turns = withoutDevelopers(turns);
    }
    TextBuilder out = new TextBuilder().append(Dsml.BEGINNING);
    if (thinking && !turns.isEmpty()) {
      out.append(effort(variables));
    }
    int lastAsking = lastAsking(turns);
    for (int i = 0; i < turns.size(); i++) {
      boolean keeping = thinking && (!dropping || i > lastAsking);
      boolean task = i > 0 && turns.get(i - 1).message().isTrue("task");
      write(turns.get(i), keeping && !task, out);
      String next = i + 1 < turns.size() ? turns.get(i + 1).role() : "assistant";
      if (next.equals("assistant") || next.equals("latest_reminder")) {
        transition(turns.get(i), thinking, keeping || thinking && i == lastAsking, out);
      }
    }
    return out.build();
  }

  private static String effort(Map<String, ?> variables) {
    String effort = Python.str(Python.value(variables.get("reasoning_effort"))).value();
    return switch (effort) {
      case "None", "low", "minimal" -> "";
      case "high" -> HIGH;
      case "max" -> MAX;
      default ->
          throw new ChatTemplateException(
              "reasoning_effort: expected low, high or max, found '" + effort + "'");
    };
  }

  private static int lastAsking(List<Turn> turns) {
    return DeepSeekMessage.lastAsking(turns.stream().map(Turn::message).toList());
  }

  private static List<Turn> withoutDevelopers(List<Turn> turns) {
    int lastAsking = lastAsking(turns);
    List<Turn> kept = new ArrayList<>();
    for (int i = 0; i < turns.size(); i++) {
      boolean known =
          Set.of("user", "system", "assistant", "latest_reminder").contains(turns.get(i).role());
      if (known || i >= lastAsking) {
        kept.add(turns.get(i));
      }
    }
    return kept;
  }

  /** Joins what users and tools say one after the other. */
  private static List<Turn> turns(List<DeepSeekMessage> messages) {
    List<Turn> turns = new ArrayList<>();
    Map<String, Integer> order = new HashMap<>();
    for (DeepSeekMessage message : messages) {
      boolean result = message.role().equals("tool");
      if (!result && !message.role().equals("user")) {
        if (message.isTrue("tool_calls")) {
          order = order(message);
        }
        turns.add(new Turn(message, List.of()));
        continue;
      }
      Part part =
          result
              ? new Part(true, message.text("tool_call_id").value(), result(message))
              : new Part(false, "", question(message));
      Turn last = turns.isEmpty() ? null : turns.getLast();
      if (last != null
          && last.role().equals("user")
          && (result || !last.message().isTrue("task"))) {
        last.parts().add(part);
      } else {
        List<Part> parts = new ArrayList<>();
        parts.add(part);
        turns.add(new Turn(result ? message.with("role", Text.written("user")) : message, parts));
      }
      sort(turns.getLast().parts(), order);
    }
    return turns;
  }

  private static Map<String, Integer> order(DeepSeekMessage message) {
    Map<String, Integer> order = new HashMap<>();
    for (Object call : message.list("tool_calls")) {
      if (call instanceof Map<?, ?> map) {
        order.put(new DeepSeekMessage(map).text("id").value(), order.size());
      }
    }
    order.remove("");
    return order;
  }

  /** Sorts the results among themselves, and leaves what is said in its places. */
  private static void sort(List<Part> parts, Map<String, Integer> order) {
    List<Part> results = new ArrayList<>(parts.stream().filter(Part::result).toList());
    results.sort(Comparator.comparing(part -> order.getOrDefault(part.call(), 0)));
    int next = 0;
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i).result()) {
        parts.set(i, results.get(next++));
      }
    }
  }

  private static Text question(DeepSeekMessage message) {
    if (!message.has("content")) {
      return Text.EMPTY;
    }
    return switch (message.get("content")) {
      case Text text -> text;
      case List<?> list -> parts(list);
      case Object other ->
          throw new ChatTemplateException(
              "content of a user: expected text or a list of parts, found " + Python.json(other));
    };
  }

  private static Text result(DeepSeekMessage message) {
    TextBuilder out = new TextBuilder().append("<tool_result>");
    if (message.has("content")) {
      Object content = message.get("content");
      out.append(content instanceof List<?> list ? parts(list) : Python.str(content));
    }
    return out.append("</tool_result>").build();
  }

  private static Text parts(List<?> list) {
    TextBuilder out = new TextBuilder();
    String separator = "";
    for (Object item : list) {
      out.append(separator);
      separator = "\n\n";
      if (!(item instanceof Map<?, ?> map)) {
        throw new ChatTemplateException("content: expected parts that are objects");
      }
      DeepSeekMessage part = new DeepSeekMessage(map);
      String type = Python.str(part.get("type")).value();
      switch (type) {
        case "text" -> out.append(part.text("text"));
        case "image", "image_url" -> out.append("<\uff5cdeepseek_image\uff5c>");
        default -> out.append("[Unsupported ").append(Python.str(part.get("type"))).append("]");
      }
    }
    return out.build();
  }

  private static void write(Turn turn, boolean reasoning, TextBuilder out) {
    DeepSeekMessage message = turn.message();
    switch (turn.role()) {
      case "system" -> {
        out.append(message.text("content"));
        Dsml.tools(message, TOOLS, out);
      }
      case "developer" -> {
        out.append(Dsml.USER).append(message.text("content"));
        Dsml.tools(message, TOOLS, out);
      }
      case "user" -> {
        out.append(Dsml.USER);
        String separator = "";
        for (Part part : turn.parts()) {
          out.append(separator).append(part.text());
          separator = "\n\n";
        }
      }
      case "latest_reminder" ->
          out.append("<\uff5clatest_reminder\uff5c>").append(message.text("content"));
      case "assistant" -> {
        if (reasoning) {
          out.append(message.reasoning()).append(Dsml.END_THINK);
        }
        out.append(message.text("content"));
        Dsml.calls(message, "tool_calls", out);
        boolean open = message.isTrue("prefix") || message.isTrue("wo_eos");
        out.append(open ? "" : Dsml.END);
      }
      default -> throw new ChatTemplateException("Invalid role: " + turn.role());
    }
  }

  /** What comes between a turn and the answer to it. */
  private static void transition(Turn turn, boolean thinking, boolean opening, TextBuilder out) {
    if (turn.message().isTrue("task")) {
      String task = turn.message().text("task").value();
      String token = TASKS.get(task);
      if (token == null) {
        throw new ChatTemplateException("Invalid task: '" + task + "'");
      }
      if (task.equals("action")) {
        out.append(Dsml.ASSISTANT).append(thinking ? Dsml.THINK : Dsml.END_THINK);
      }
      out.append(token);
    } else if (turn.message().asks() || turn.role().equals("system")) {
      out.append(Dsml.ASSISTANT).append(opening ? Dsml.THINK : Dsml.END_THINK);
    }
  }
}

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

/**
 * What DeepSeek-V3.2 was trained to read. Published without a template; after
 * https://huggingface.co/deepseek-ai/DeepSeek-V3.2, encoding/encoding_dsv32.py.
 *
 * <p>What the model thought is written after the last question alone, so within a round of tools.
 */
final class DeepSeekV32Encoder implements ChatRenderer {
  /** The words that the model was trained with. */
  private static final String TOOLS =
      """
      ## Tools

      You have access to a set of tools you can use to answer the user's question.
      You can invoke functions by writing a "<\uff5cDSML\uff5cfunction_calls>" block like \
      the following as part of your reply to the user:
      <\uff5cDSML\uff5cfunction_calls>
      <\uff5cDSML\uff5cinvoke name="$FUNCTION_NAME">
      <\uff5cDSML\uff5cparameter name="$PARAMETER_NAME" \
      string="true|false">$PARAMETER_VALUE</\uff5cDSML\uff5cparameter>
      ...
      </\uff5cDSML\uff5cinvoke>
      <\uff5cDSML\uff5cinvoke name="$FUNCTION_NAME2">
      ...
      </\uff5cDSML\uff5cinvoke>
      </\uff5cDSML\uff5cfunction_calls>

      String and scalar parameters should be specified as is without any escaping or quotes, \
      while lists and objects should use JSON format. The "string" attribute should be set \
      to "true" for string type parameters and "false" for other types (numbers, booleans, \
      arrays, objects).

      If the thinking_mode is enabled, then after function results you should strongly \
      consider outputting a thinking block. Here is an example:

      <\uff5cDSML\uff5cfunction_calls>
      ...
      </\uff5cDSML\uff5cfunction_calls>

      <function_results>
      ...
      </function_results>

      <think>...thinking about results</think>

      Here are the functions available in JSONSchema format:
      <functions>
      %s
      </functions>
      """;

  @Override
  public Text render(Map<String, ?> variables) {
    List<DeepSeekMessage> messages = DeepSeekMessage.all(variables);
    if (messages.isEmpty()) {
      throw new ChatTemplateException("messages: expected at least one, found none");
    }
    boolean thinking = DeepSeekMessage.thinks(variables);
    if (thinking && messages.getLast().role().equals("user")) {
      messages = withoutDevelopers(messages);
    }
    TextBuilder out = new TextBuilder().append(Dsml.BEGINNING);
    int lastAsking = DeepSeekMessage.lastAsking(messages);
    for (int i = 0; i < messages.size(); i++) {
      DeepSeekMessage message = messages.get(i);
      switch (message.role()) {
        case "system" -> {
          out.append(message.text("content"));
          Dsml.tools(message, TOOLS, out);
        }
        case "developer" -> {
          if (!message.isTrue("content")) {
            throw new ChatTemplateException("message " + i + ": a developer has to say something");
          }
          out.append(Dsml.USER);
          Dsml.tools(message, TOOLS, out);
          out.append("\n\n# The user's message is: ").append(message.text("content"));
          beginAnswer(thinking && i == lastAsking, out.append(Dsml.ASSISTANT));
        }
        case "user" -> {
          out.append(Dsml.USER).append(Python.str(message.get("content")));
          beginAnswer(thinking && i == lastAsking, out.append(Dsml.ASSISTANT));
        }
        case "tool" -> result(messages, i, thinking && i >= lastAsking, out);
        case "assistant" -> answer(message, thinking && i > lastAsking, out);
        default -> throw new ChatTemplateException("Unknown role: " + message.role());
      }
    }
    return out.build();
  }

  /** Developers and others before the last question are left out where the model thinks. */
  private static List<DeepSeekMessage> withoutDevelopers(List<DeepSeekMessage> messages) {
    int lastAsking = DeepSeekMessage.lastAsking(messages);
    List<DeepSeekMessage> kept = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      boolean known =
          List.of("user", "system", "tool", "assistant").contains(messages.get(i).role());
      if (known || i >= lastAsking) {
        kept.add(messages.get(i));
      }
    }
    return kept;
  }

  private static void beginAnswer(boolean thinking, TextBuilder out) {
    out.append(thinking ? Dsml.THINK : Dsml.END_THINK);
  }

  private static void answer(DeepSeekMessage message, boolean thinking, TextBuilder out) {
    if (thinking) {
      if (message.reasoning().value().isEmpty() && !message.isTrue("tool_calls")) {
        throw new ChatTemplateException(
            "an answer after the last question needs reasoning or calls where the model thinks");
      }
      out.append(message.reasoning()).append(Dsml.END_THINK);
    }
    out.append(message.text("content"));
    Dsml.calls(message, "function_calls", out);
    out.append(Dsml.END);
  }

  /** A result; the first opens the block of results, the last closes it. */
  private static void result(
      List<DeepSeekMessage> messages, int index, boolean thinking, TextBuilder out) {
    int asked = index - 1;
    while (asked >= 0 && messages.get(asked).role().equals("tool")) {
      asked--;
    }
    int calls =
        asked >= 0 && messages.get(asked).role().equals("assistant")
            ? messages.get(asked).list("tool_calls").size()
            : 0;
    int order = index - asked;
    if (calls < order) {
      throw new ChatTemplateException("No tool calls but found tool output");
    }
    out.append(order == 1 ? "\n\n<function_results>" : "")
        .append("\n<result>")
        .append(Python.str(messages.get(index).get("content")))
        .append("</result>");
    if (order == calls) {
      beginAnswer(thinking, out.append("\n</function_results>\n\n"));
    }
  }
}

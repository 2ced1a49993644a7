// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import dev.coterie.ToolCall;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How calls stand in an answer.
 *
 * @param brackets markers around calls, which say nothing themselves
 * @param opener begins a call
 * @param closer ends it; empty where a call goes on to the end of the answer
 * @param bare characters that begin a call without a marker, as the first of an answer
 * @param parser reads what is between opener and closer
 */
record CallSyntax(List<String> brackets, String opener, String closer, String bare, Parser parser) {
  /** Reads calls. */
  @FunctionalInterface
  interface Parser {
    /**
     * The calls in a text, at least one.
     *
     * @throws MalformedCall if there are none, or any is broken
     */
    List<ToolCall> parse(String body, Tools tools, CallIds ids) throws MalformedCall;
  }

  private static final String CALLS = "<\uff5ctool\u2581calls\u2581begin\uff5c>";
  private static final String DSML = "\uff5cDSML\uff5c";

  /** DeepSeek-V3, R1 and V3.1. */
  static final CallSyntax DEEPSEEK =
      new CallSyntax(
          List.of(CALLS, "<\uff5ctool\u2581calls\u2581end\uff5c>"),
          "<\uff5ctool\u2581call\u2581begin\uff5c>",
          "<\uff5ctool\u2581call\u2581end\uff5c>",
          "",
          TaggedCalls::deepSeek);

  /** DeepSeek-V3.2 and V4. */
  static final CallSyntax DEEPSEEK_MARKUP =
      new CallSyntax(
          List.of(
              "<" + DSML + "function_calls>",
              "</" + DSML + "function_calls>",
              "<" + DSML + "tool_calls>",
              "</" + DSML + "tool_calls>"),
          "<" + DSML + "invoke name=\"",
          "</" + DSML + "invoke>",
          "",
          TaggedCalls::deepSeekMarkup);

  /** Qwen and Hermes, in JSON, and Qwen3-Coder, in tags. */
  static final CallSyntax TOOL_CALL =
      new CallSyntax(List.of(), "<tool_call>", "</tool_call>", "", TaggedCalls::toolCall);

  /** Mistral. */
  static final CallSyntax MISTRAL =
      new CallSyntax(List.of(), "[TOOL_CALLS]", "", "", JsonCalls::mistral);

  /** Llama 3.1 to 3.3. */
  static final CallSyntax LLAMA3 =
      new CallSyntax(List.of(), "<|python_tag|>", "", "{", JsonCalls::llama);

  /** Llama 4. */
  static final CallSyntax LLAMA4 =
      new CallSyntax(
          List.of("<|python_end|>"), "<|python_start|>", "<|python_end|>", "{[", JsonCalls::llama);

  /** The syntax whose markers a template has, or null. */
  static @Nullable CallSyntax of(String template) {
    if (template.contains(DSML)) {
      return DEEPSEEK_MARKUP;
    }
    if (template.contains(CALLS)) {
      return DEEPSEEK;
    }
    if (template.contains(TOOL_CALL.opener)) {
      return TOOL_CALL;
    }
    if (template.contains(MISTRAL.opener)) {
      return MISTRAL;
    }
    if (template.contains("<|header_start|>")) {
      return LLAMA4;
    }
    return template.contains("<|start_header_id|>") ? LLAMA3 : null;
  }

  /** All markers that can begin something. */
  List<String> markers() {
    List<String> markers = new ArrayList<>(brackets);
    markers.add(opener);
    return markers;
  }

  /** The markers that may be control tokens. */
  List<String> controlTokens() {
    List<String> markers = markers();
    markers.addAll(List.of(closer, "<\uff5ctool\u2581sep\uff5c>", DSML, "[ARGS]", "[CALL_ID]"));
    markers.removeIf(String::isEmpty);
    return markers;
  }
}

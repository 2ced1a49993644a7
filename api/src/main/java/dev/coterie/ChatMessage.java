// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.List;
import java.util.Objects;

/**
 * One message of a conversation. Immutable.
 *
 * <p>Whatever it holds is plain text, in which nothing is read as a control token.
 *
 * @param role who speaks
 * @param content what is said; may be empty
 * @param reasoning what the model thought before; of the model's own messages, else empty. Most
 *     chat formats drop it from earlier answers
 * @param toolCalls the tools that the model calls; of the model's own messages, else empty
 * @param toolCallId the call that a tool's result answers; else empty
 * @param name the tool whose result it is; else empty
 */
public record ChatMessage(
    Role role,
    String content,
    String reasoning,
    List<ToolCall> toolCalls,
    String toolCallId,
    String name) {
  /**
   * Checks that nothing is null, and copies the calls.
   *
   * @throws IllegalArgumentException if another than the model calls tools or reasons
   */
  public ChatMessage {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(content, "content");
    Objects.requireNonNull(reasoning, "reasoning");
    toolCalls = List.copyOf(toolCalls);
    Objects.requireNonNull(toolCallId, "toolCallId");
    Objects.requireNonNull(name, "name");
    if (role != Role.ASSISTANT && !(reasoning.isEmpty() && toolCalls.isEmpty())) {
      throw new IllegalArgumentException(
          "reasoning and toolCalls: expected in messages of ASSISTANT alone, found in one of "
              + role);
    }
  }

  /**
   * A message of text alone.
   *
   * @param role who speaks
   * @param content the text
   */
  public ChatMessage(Role role, String content) {
    this(role, content, "", List.of(), "", "");
  }

  /**
   * A message that instructs the model for the whole conversation.
   *
   * @param content the text
   * @return the message
   */
  public static ChatMessage system(String content) {
    return new ChatMessage(Role.SYSTEM, content);
  }

  /**
   * A message from the person.
   *
   * @param content the text
   * @return the message
   */
  public static ChatMessage user(String content) {
    return new ChatMessage(Role.USER, content);
  }

  /**
   * A message from the model.
   *
   * @param content the text
   * @return the message
   */
  public static ChatMessage assistant(String content) {
    return new ChatMessage(Role.ASSISTANT, content);
  }

  /**
   * A message in which the model calls tools.
   *
   * @param calls the calls, at least one
   * @return the message
   * @throws IllegalArgumentException if there is no call
   */
  public static ChatMessage toolCalls(List<ToolCall> calls) {
    if (calls.isEmpty()) {
      throw new IllegalArgumentException("calls: expected at least one, found none");
    }
    return new ChatMessage(Role.ASSISTANT, "", "", calls, "", "");
  }

  /**
   * The result of a tool.
   *
   * @param id the call that it answers
   * @param name the tool's name
   * @param content the result
   * @return the message
   */
  public static ChatMessage tool(String id, String name, String content) {
    return new ChatMessage(Role.TOOL, content, "", List.of(), id, name);
  }

  /**
   * This message with other content.
   *
   * @param text the text
   * @return a new message
   */
  public ChatMessage withContent(String text) {
    return new ChatMessage(role, text, reasoning, toolCalls, toolCallId, name);
  }

  /**
   * This message with what the model thought before.
   *
   * @param text the reasoning, without the tokens around it
   * @return a new message
   * @throws IllegalArgumentException if it is not the model's message
   */
  public ChatMessage withReasoning(String text) {
    return new ChatMessage(role, content, text, toolCalls, toolCallId, name);
  }
}

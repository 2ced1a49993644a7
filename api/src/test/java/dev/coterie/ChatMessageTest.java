// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChatMessageTest {
  @Test
  void whatTemplatesNeedHasItsPlace() {
    ToolCall call = new ToolCall("1", "f", "{}");
    List<ToolCall> calls = new ArrayList<>(List.of(call));
    ChatMessage calling = ChatMessage.toolCalls(calls).withReasoning("r").withContent("c");
    calls.clear();
    assertThat(calling).isEqualTo(new ChatMessage(Role.ASSISTANT, "c", "r", List.of(call), "", ""));
    assertThat(ChatMessage.tool("1", "f", "42"))
        .isEqualTo(new ChatMessage(Role.TOOL, "42", "", List.of(), "1", "f"));
    assertThat(ChatMessage.user("q")).isEqualTo(new ChatMessage(Role.USER, "q"));
  }

  @Test
  void onlyTheModelReasonsAndCalls() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChatMessage.user("q").withReasoning("r"))
        .withMessage(
            "reasoning and toolCalls: expected in messages of ASSISTANT alone, found in one of USER");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChatMessage.toolCalls(List.of()))
        .withMessage("calls: expected at least one, found none");
    assertThatNullPointerException()
        .isThrownBy(() -> new ToolCall("1", "f", null))
        .withMessage("argumentsJson");
    assertThatNullPointerException()
        .isThrownBy(() -> new ToolDefinition(null, "", ""))
        .withMessage("name");
  }

  @Test
  void optionsAreCopied() {
    List<@Nullable Object> list = new ArrayList<>(Arrays.asList(1, null));
    Map<String, @Nullable Object> arguments = new HashMap<>(Map.of("a", list));
    ChatOptions options =
        new ChatOptions(List.of(), arguments).withThinking(true).withReasoningEffort("high");
    list.clear();
    arguments.clear();
    assertThat(options.templateArguments())
        .isEqualTo(
            Map.of(
                "a",
                Arrays.asList(1, null),
                "enable_thinking",
                true,
                "thinking",
                true,
                "reasoning_effort",
                "high"));
    ToolDefinition tool = new ToolDefinition("f", "d", "{}");
    assertThat(options.withTools(List.of(tool)).tools()).containsExactly(tool);
  }

  @Test
  void argumentsThatWouldReplaceOthersAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChatOptions.DEFAULT.withArgument("messages", List.of()))
        .withMessage("template argument 'messages' is set by Coterie; expected another name");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChatOptions.DEFAULT.withArgument("x", List.of(new Object[] {'c'})))
        .withMessage(
            "template argument 'x': expected text, a number, a boolean, a list or a map, found"
                + " java.lang.Character");
    List<Object> loop = new ArrayList<>();
    loop.add(loop);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChatOptions.DEFAULT.withArgument("x", loop))
        .withMessage("template argument 'x': expected at most 100 levels");
  }

  @Test
  void refusalsTellTheirPlace() {
    ChatTemplateException refusal = new ChatTemplateException(3, 7, "no");
    assertThat(refusal).hasMessage("chat template at line 3, column 7: no");
    assertThat(refusal.detail()).isEqualTo("no");
    assertThat(new ChatTemplateException("no")).hasMessage("chat format: no");
    assertThat(new ChatTemplateException("no").line()).isZero();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Prompts and descriptions keep what they were given. */
class ValuesTest {
  @Test
  void tokensAreCopiedInAndOut() {
    int[] ids = {1, 2, 3};
    Prompt.Tokens prompt = new Prompt.Tokens(ids);
    ids[0] = 9;
    prompt.ids()[1] = 9;
    assertThat(prompt.ids()).containsExactly(1, 2, 3);
    assertThat(prompt)
        .isEqualTo(new Prompt.Tokens(new int[] {1, 2, 3}))
        .hasSameHashCodeAs(new Prompt.Tokens(new int[] {1, 2, 3}))
        .isNotEqualTo(new Prompt.Tokens(new int[] {1, 2}))
        .hasToString("Tokens[3 ids]");
    assertThatThrownBy(() -> new Prompt.Tokens(new int[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("ids: expected at least one, found none");
  }

  @Test
  void conversationsAreCopied() {
    List<ChatMessage> messages = new ArrayList<>(List.of(ChatMessage.user("hello")));
    Prompt.Chat prompt = new Prompt.Chat(messages);
    messages.clear();
    assertThat(prompt.messages()).containsExactly(new ChatMessage(Role.USER, "hello"));
    assertThatThrownBy(() -> prompt.messages().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> new Prompt.Chat(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("messages: expected at least one, found none");
  }

  @Test
  void nullsAreNamed() {
    assertThatThrownBy(() -> new Prompt.Text(null)).hasMessage("text");
    assertThatThrownBy(() -> new ChatMessage(null, "")).hasMessage("role");
    assertThatThrownBy(() -> new ChatMessage(Role.USER, null)).hasMessage("content");
  }

  @Test
  void messagesHaveTheirRoles() {
    assertThat(ChatMessage.system("a").role()).isEqualTo(Role.SYSTEM);
    assertThat(ChatMessage.user("a").role()).isEqualTo(Role.USER);
    assertThat(ChatMessage.assistant("a").role()).isEqualTo(Role.ASSISTANT);
  }

  @Test
  void adaptersHaveAFiniteScale() {
    assertThat(new LoraAdapter(Path.of("a")).scale()).isOne();
    for (float scale : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> new LoraAdapter(Path.of("a"), scale))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("scale: expected a finite number, found " + scale);
    }
    assertThatThrownBy(() -> new LoraAdapter(null)).hasMessage("path");
  }

  @Test
  void modelInfoIsCopiedInTheOrderOfTheFile() {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("z", 1);
    metadata.put("a", 2);
    List<TensorInfo> tensors =
        new ArrayList<>(
            List.of(
                new TensorInfo("t", "F32", List.of(2L, 3L), 24),
                new TensorInfo("u", "F32", List.of(5L), 20)));
    ModelInfo info =
        new ModelInfo(Path.of("m"), "GGUF v3", "llama", "n", 8, 9, 100, metadata, tensors);
    metadata.clear();
    tensors.clear();
    assertThat(info.metadata().keySet()).containsExactly("z", "a");
    assertThat(info.parameters()).isEqualTo(11);
    assertThatThrownBy(() -> info.metadata().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> info.tensors().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void tensorInfoCopiesItsShapeAndCounts() {
    List<Long> shape = new ArrayList<>(List.of(4L, 1L << 40));
    TensorInfo info = new TensorInfo("t", "Q4_0", shape, 1);
    shape.clear();
    assertThat(info.shape()).containsExactly(4L, 1L << 40);
    assertThat(info.elements()).isEqualTo(1L << 42);
    assertThat(new TensorInfo("scalar", "F32", List.of(), 4).elements()).isOne();
    TensorInfo absurd = new TensorInfo("t", "F32", List.of(1L << 40, 1L << 40), 1);
    assertThatThrownBy(absurd::elements).isInstanceOf(ArithmeticException.class);
  }
}

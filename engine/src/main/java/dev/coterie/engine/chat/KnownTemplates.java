// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.Tokenizer;
import dev.coterie.engine.chat.jinja.JinjaTemplate;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** Templates for files that have none, by the markers in their vocabularies. */
final class KnownTemplates {
  private static final String CHAT_ML =
      """
      {% for message in messages %}
      {{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
      {%- endfor %}
      {{- '<|im_start|>assistant\\n' if add_generation_prompt }}""";

  private static final String LLAMA =
      """
      {{- '<|begin_of_text|>' }}
      {%- for message in messages %}
      {{- HEADER + message.role + END_HEADER + '\\n\\n' + message.content | trim + END }}
      {%- endfor %}
      {{- HEADER + 'assistant' + END_HEADER + '\\n\\n' if add_generation_prompt }}""";

  private static final String DEEPSEEK =
      """
      {{- BEGINNING }}
      {{- messages | selectattr('role', 'equalto', 'system') | join('\\n\\n', 'content') }}
      {%- for message in messages if message.role != 'system' %}
      {{- USER + message.content if message.role == 'user' }}
      {{- ASSISTANT + message.content + END if message.role == 'assistant' }}
      {%- endfor %}
      {{- ASSISTANT if add_generation_prompt }}""";

  private KnownTemplates() {}

  /** The template for a vocabulary, or null if none is known. */
  static @Nullable ChatRenderer find(Tokenizer tokenizer, Clock clock) {
    String source = source(tokenizer);
    return source == null ? null : ChatFormats.renderer(JinjaTemplate.parse(source), clock);
  }

  private static @Nullable String source(Tokenizer tokenizer) {
    if (has(tokenizer, Dsml.USER)) {
      return with(
          DEEPSEEK,
          "BEGINNING",
          Dsml.BEGINNING,
          "USER",
          Dsml.USER,
          "ASSISTANT",
          Dsml.ASSISTANT,
          "END",
          Dsml.END);
    }
    if (has(tokenizer, "<|im_start|>")) {
      return CHAT_ML;
    }
    if (has(tokenizer, "<|start_header_id|>")) {
      return with(
          LLAMA,
          "HEADER",
          "<|start_header_id|>",
          "END_HEADER",
          "<|end_header_id|>",
          "END",
          "<|eot_id|>");
    }
    if (has(tokenizer, "<|header_start|>")) {
      return with(
          LLAMA, "HEADER", "<|header_start|>", "END_HEADER", "<|header_end|>", "END", "<|eot|>");
    }
    return null;
  }

  /** The markers that answers may have, as far as the vocabulary has them. */
  static String answerMarkers(Tokenizer tokenizer) {
    return has(tokenizer, Dsml.END_THINK) ? Dsml.END_THINK : "";
  }

  private static boolean has(Tokenizer tokenizer, String marker) {
    return tokenizer.encode(marker, true).length == 1;
  }

  /** A template with names set to markers. */
  private static String with(String template, String... markers) {
    StringBuilder set = new StringBuilder();
    for (int i = 0; i < markers.length; i += 2) {
      set.append("{%- set ").append(markers[i]).append(" = '").append(markers[i + 1]);
      set.append("' %}");
    }
    return set + template;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ChatMessage;
import dev.coterie.Role;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * The headers of Llama 3 and 4.
 *
 * @param markers the model's marker tokens
 * @param version which of the templates
 * @param clock what tells today's date where the template asks for it
 */
record LlamaFormat(Markers markers, Version version, InstantSource clock) implements ChatFormat {
  static final String START_3 = "<|start_header_id|>";
  static final String START_4 = "<|header_start|>";
  private static final String BEGINNING = "<|begin_of_text|>";
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("dd MMM yyyy", Locale.ENGLISH);

  enum Version {
    LLAMA3,
    LLAMA3_DATED,
    LLAMA3_TODAY,
    LLAMA4
  }

  static LlamaFormat llama3(Markers markers, String template, InstantSource clock) {
    if (!template.contains("Cutting Knowledge Date")) {
      return new LlamaFormat(markers, Version.LLAMA3, clock);
    }
    boolean today = template.contains("strftime_now");
    return new LlamaFormat(markers, today ? Version.LLAMA3_TODAY : Version.LLAMA3_DATED, clock);
  }

  static LlamaFormat llama4(Markers markers) {
    return new LlamaFormat(markers, Version.LLAMA4, InstantSource.system());
  }

  @Override
  public String name() {
    return version == Version.LLAMA4 ? "Llama 4" : "Llama 3";
  }

  @Override
  public int[] encode(List<ChatMessage> messages) {
    markers.check(messages, name());
    PromptBuilder prompt = new PromptBuilder(markers).marker(BEGINNING);
    boolean system = messages.getFirst().role() == Role.SYSTEM;
    String instructions = system ? PythonStrings.strip(messages.getFirst().content()) : "";
    if (version == Version.LLAMA3_DATED || version == Version.LLAMA3_TODAY) {
      header(prompt, "system")
          .text("Cutting Knowledge Date: December 2023\nToday Date: ")
          .text(date())
          .text("\n\n");
      prompt.text(instructions).marker(end());
    } else if (system) {
      header(prompt, "system").text(instructions).marker(end());
    }
    for (ChatMessage message : system ? messages.subList(1, messages.size()) : messages) {
      String content = message.content();
      header(prompt, message.role().name().toLowerCase(Locale.ROOT))
          .text(version == Version.LLAMA4 ? content : PythonStrings.strip(content))
          .marker(end());
    }
    return header(prompt, "assistant").build();
  }

  private PromptBuilder header(PromptBuilder prompt, String role) {
    boolean four = version == Version.LLAMA4;
    return prompt
        .marker(four ? START_4 : START_3)
        .text(role)
        .marker(four ? "<|header_end|>" : "<|end_header_id|>")
        .text("\n\n");
  }

  private String end() {
    return version == Version.LLAMA4 ? "<|eot|>" : "<|eot_id|>";
  }

  private String date() {
    return version == Version.LLAMA3_TODAY
        ? DATE.format(clock.instant().atZone(ZoneId.systemDefault()))
        : "26 Jul 2024";
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.Tokenizer;
import dev.coterie.engine.format.Metadata;
import java.time.InstantSource;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Recognizes chat formats by what is written in chat templates and by what is in vocabularies. */
final class ChatFormats {
  private static final String THINKING = "<think>";

  /**
   * A system message written out in a ChatML template, with the line break as a character or
   * escaped.
   */
  private static final Pattern DEFAULT_SYSTEM =
      Pattern.compile("<\\|im_start\\|>system(?:\\\\n|\n)([^'\"{}<\\\\]{1,1000})<\\|im_end\\|>");

  private ChatFormats() {}

  static Optional<ChatFormat> recognize(
      Metadata metadata, Tokenizer tokenizer, InstantSource clock) {
    String template = text(metadata, "tokenizer.chat_template");
    Markers markers = new Markers(tokenizer, text(metadata, "general.architecture"));
    if (markers.has(DeepSeekFormat.USER) && mentions(template, DeepSeekFormat.USER)) {
      return Optional.of(deepSeek(template, markers));
    }
    if (markers.has(ChatMlFormat.START) && mentions(template, ChatMlFormat.START)) {
      return Optional.ofNullable(chatMl(template, markers));
    }
    if (markers.has(LlamaFormat.START_3) && mentions(template, LlamaFormat.START_3)) {
      return Optional.of(LlamaFormat.llama3(markers, template, clock));
    }
    if (markers.has(LlamaFormat.START_4) && mentions(template, LlamaFormat.START_4)) {
      return Optional.of(LlamaFormat.llama4(markers));
    }
    if (markers.has(DeepSeekFormat.BEGINNING) && template.contains("'User: '")) {
      return Optional.of(new DeepSeekV2Format(markers));
    }
    return Optional.empty();
  }

  private static boolean mentions(String template, String marker) {
    return template.isEmpty() || template.contains(marker);
  }

  private static ChatFormat deepSeek(String template, Markers markers) {
    DeepSeekFormat.Version version;
    if (template.isEmpty()) {
      version =
          markers.has("\uff5cDSML\uff5c") ? DeepSeekFormat.Version.V4 : DeepSeekFormat.Version.V3;
    } else if (template.contains("\uff5cDSML\uff5c")) {
      version =
          template.contains("function_calls")
              ? DeepSeekFormat.Version.V3_2
              : DeepSeekFormat.Version.V4;
    } else if (template.contains("is_last_user")) {
      version = DeepSeekFormat.Version.V3_1;
    } else if (template.contains("</think>")) {
      version = DeepSeekFormat.Version.R1;
    } else {
      version = DeepSeekFormat.Version.V3;
    }
    boolean opening =
        switch (version) {
          case R1 -> template.contains(DeepSeekFormat.ASSISTANT + THINKING);
          case V3_1 -> template.contains("<think></think>");
          case V3, V3_2, V4 -> false;
        };
    return new DeepSeekFormat(markers, version, opening);
  }

  private static @Nullable ChatFormat chatMl(String template, Markers markers) {
    boolean reasons = template.contains("last_query_index");
    if (template.contains(THINKING) && !reasons) {
      return null;
    }
    Matcher system = DEFAULT_SYSTEM.matcher(template);
    return new ChatMlFormat(
        markers,
        system.find() ? system.group(1) : "",
        reasons,
        template.contains("<|im_start|>assistant\\n<think>\\n'"));
  }

  private static String text(Metadata metadata, String key) {
    return metadata.values().get(key) instanceof String text ? text : "";
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ChatTemplateException;
import dev.coterie.ModelFormatException;
import dev.coterie.Tokenizer;
import dev.coterie.engine.chat.answer.AnswerFormat;
import dev.coterie.engine.chat.jinja.JinjaTemplate;
import dev.coterie.engine.chat.jinja.Text;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.format.Metadata;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the chat format of a model. */
public final class ChatFormats {
  private static final int MAX_BYTES = 4 << 20;
  private static final AnswerFormat DEEPSEEK_ANSWERS =
      AnswerFormat.of(Dsml.THINK + Dsml.END_THINK + Dsml.TAG);

  private ChatFormats() {}

  static Optional<ChatFormat> find(Checkpoint checkpoint, Clock clock) throws IOException {
    Map<String, Text> boundaries = new LinkedHashMap<>();
    for (String name : List.of("bos", "eos")) {
      String token = checkpoint.boundaryToken(name);
      if (!token.isEmpty()) {
        boundaries.put(name + "_token", Text.written(token));
      }
    }
    return find(checkpoint.metadata(), checkpoint.tokenizer(), boundaries, clock);
  }

  static Optional<ChatFormat> find(
      Metadata metadata, Tokenizer tokenizer, Map<String, Text> boundaries, Clock clock) {
    String template = text(metadata, "tokenizer.chat_template");
    ChatRenderer renderer =
        template.isEmpty() || template.contains(Dsml.TAG)
            ? encoder(text(metadata, "general.architecture"))
            : null;
    boolean encoded = renderer != null;
    if (renderer == null) {
      renderer =
          template.isEmpty() ? KnownTemplates.find(tokenizer, clock) : template(template, clock);
    }
    AnswerFormat answers =
        encoded
            ? DEEPSEEK_ANSWERS
            : AnswerFormat.of(
                template.isEmpty() ? KnownTemplates.answerMarkers(tokenizer) : template);
    return Optional.ofNullable(renderer).map(found -> new ChatFormat(found, boundaries, answers));
  }

  private static String text(Metadata metadata, String key) {
    return metadata.values().get(key) instanceof String text ? text : "";
  }

  /** The encoder of an architecture whose models are published without a template, or null. */
  private static @Nullable ChatRenderer encoder(String architecture) {
    return switch (architecture) {
      case "deepseek32" -> new DeepSeekV32Encoder();
      case "deepseek4" -> new DeepSeekV4Encoder();
      default -> null;
    };
  }

  /** A template, which if it is malformed says so whenever it is used. */
  private static ChatRenderer template(String source, Clock clock) {
    try {
      return renderer(JinjaTemplate.parse(source), clock);
    } catch (ChatTemplateException e) {
      return variables -> JinjaTemplate.parse(source).render(variables, clock);
    }
  }

  static ChatRenderer renderer(JinjaTemplate template, Clock clock) {
    return variables -> template.render(variables, clock);
  }

  /**
   * A template in a file of its own.
   *
   * @param path the file
   * @param clock what tells the date
   * @return the format
   * @throws IOException if the file cannot be read
   * @throws ModelFormatException if it is no text
   * @throws ChatTemplateException if it is malformed
   */
  public static ChatFormat read(Path path, Clock clock) throws IOException {
    if (Files.size(path) > MAX_BYTES) {
      throw new ModelFormatException(
          path, -1, "expected a template of at most " + MAX_BYTES + " bytes");
    }
    try {
      JinjaTemplate template = JinjaTemplate.parse(Files.readString(path));
      return new ChatFormat(renderer(template, clock), Map.of(), AnswerFormat.PLAIN);
    } catch (CharacterCodingException e) {
      throw new ModelFormatException(path, -1, "expected text in UTF-8", e);
    }
  }

  /**
   * An encoder by its name.
   *
   * @param name {@code deepseek-v3.2} or {@code deepseek-v4}
   * @return the format
   * @throws IllegalArgumentException if there is none of the name
   */
  public static ChatFormat named(String name) {
    return new ChatFormat(
        switch (name) {
          case "deepseek-v3.2" -> new DeepSeekV32Encoder();
          case "deepseek-v4" -> new DeepSeekV4Encoder();
          default ->
              throw new IllegalArgumentException(
                  "chat encoder: expected deepseek-v3.2 or deepseek-v4, found '" + name + "'");
        },
        Map.of(),
        DEEPSEEK_ANSWERS);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import dev.coterie.spi.ModelProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;

/**
 * How a model wants a conversation written, by itself: for looking at a prompt without loading the
 * model. Immutable.
 */
@FunctionalInterface
public interface ChatTemplate {
  /**
   * The chat template of a model, or one in a file of its own.
   *
   * @param path a model file, a folder with a checkpoint, or a file that ends in {@code .jinja}
   * @return the template
   * @throws IOException if the file cannot be read
   * @throws ModelFormatException if the file is damaged
   * @throws ChatTemplateException if the template is malformed
   * @throws UnsupportedModelException if the model has none and its family is not known
   */
  static ChatTemplate load(Path path) throws IOException {
    return load(path, Clock.systemDefaultZone());
  }

  /**
   * The chat template of a model, or one in a file of its own, at a time of its own.
   *
   * @param path as in {@link #load(Path)}
   * @param clock what tells the date to templates that write it
   * @return the template
   * @throws IOException if the file cannot be read
   * @throws ModelFormatException if the file is damaged
   * @throws ChatTemplateException if the template is malformed
   * @throws UnsupportedModelException if the model has none and its family is not known
   */
  static ChatTemplate load(Path path, Clock clock) throws IOException {
    return ModelProvider.find(path).loadChatTemplate(path, clock);
  }

  /**
   * The encoder of models that are published without a template.
   *
   * @param name {@code deepseek-v3.2} or {@code deepseek-v4}
   * @return the encoder
   * @throws IllegalArgumentException if there is none of the name
   */
  static ChatTemplate encoder(String name) {
    return ModelProvider.find(Path.of("chat.jinja")).chatEncoder(name);
  }

  /**
   * Renders a conversation.
   *
   * @param variables what the template can name, such as {@code messages}, {@code tools} and {@code
   *     add_generation_prompt}: text, numbers, booleans, null, and lists and maps of these. {@code
   *     bos_token} and {@code eos_token} are the model's, unless they are given
   * @return the text of the prompt
   * @throws ChatTemplateException if the template raises an error, or takes too much
   * @throws IllegalArgumentException if a value is of another type
   */
  String render(Map<String, ?> variables);
}

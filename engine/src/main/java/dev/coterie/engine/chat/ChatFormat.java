// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ChatMessage;
import dev.coterie.ChatOptions;
import dev.coterie.ChatTemplate;
import dev.coterie.ChatTemplateException;
import dev.coterie.Prompt;
import dev.coterie.Thinking;
import dev.coterie.ToolCall;
import dev.coterie.ToolDefinition;
import dev.coterie.engine.chat.answer.AnswerFormat;
import dev.coterie.engine.chat.jinja.Text;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.tokenizer.PromptTokenizer;
import java.io.IOException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a model wants a conversation written. Immutable.
 *
 * <p>What a template writes may be control tokens. What is said in messages, tools and arguments is
 * plain text wherever it ends up, so that nobody can speak as somebody else by writing a marker.
 */
public final class ChatFormat {
  private static final Set<String> BOUNDARIES = Set.of("bos_token", "eos_token");

  private final ChatRenderer renderer;
  private final Map<String, Text> boundaries;
  private final AnswerFormat answers;

  ChatFormat(ChatRenderer renderer, Map<String, Text> boundaries, AnswerFormat answers) {
    this.renderer = renderer;
    this.boundaries = boundaries;
    this.answers = answers;
  }

  /**
   * The format of a model: its template, or where it has none what its family is known to take.
   *
   * @param checkpoint the model's files
   * @param clock what tells the date to templates that write it
   * @return the format, or empty if there is none. A malformed template raises its error when it is
   *     used
   * @throws IOException if a file cannot be read
   */
  public static Optional<ChatFormat> of(Checkpoint checkpoint, Clock clock) throws IOException {
    return ChatFormats.find(checkpoint, clock);
  }

  /**
   * The prompt for the model's next answer.
   *
   * @param prompt the conversation so far
   * @param mode whether the model is to think
   * @param tokenizer the model's tokenizer
   * @return the prompt, with the beginning of the sequence where the model has one, up to where the
   *     answer begins
   * @throws ChatTemplateException if the format refuses the conversation, or has no place for tools
   *     or calls that are in it
   */
  public ChatPrompt encode(Prompt.Chat prompt, Thinking.Mode mode, PromptTokenizer tokenizer) {
    ChatOptions options = withMode(prompt.options(), mode);
    Text text = render(new Prompt.Chat(prompt.messages(), options));
    return new ChatPrompt(ids(text, tokenizer), text.value(), answers, options.tools());
  }

  private ChatOptions withMode(ChatOptions options, Thinking.Mode mode) {
    return switch (mode) {
      case DEFAULT -> options;
      case ON -> options.withThinking(true);
      case OFF ->
          answers.opensThoughts()
              ? options.withThinking(false)
              : options.withThinking(false).withReasoningEffort("low");
      case LOW, MEDIUM, HIGH ->
          options.withThinking(true).withReasoningEffort(mode.name().toLowerCase(Locale.ROOT));
    };
  }

  private static int[] ids(Text text, PromptTokenizer tokenizer) {
    int[] ids = tokenizer.encode(text.value(), text::writtenUntil);
    OptionalInt beginning = tokenizer.beginningOfSequence();
    if (beginning.isEmpty() || ids.length > 0 && ids[0] == beginning.getAsInt()) {
      return ids;
    }
    int[] all = new int[ids.length + 1];
    all[0] = beginning.getAsInt();
    System.arraycopy(ids, 0, all, 1, ids.length);
    return all;
  }

  /** The format without tokens, for looking at. */
  public ChatTemplate template() {
    return variables -> renderer.render(withBoundaries(variables)).value();
  }

  private Map<String, @Nullable Object> withBoundaries(Map<String, ?> variables) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>(boundaries);
    for (Map.Entry<String, ?> variable : variables.entrySet()) {
      boolean boundary = BOUNDARIES.contains(variable.getKey());
      Object value = variable.getValue();
      all.put(
          variable.getKey(), boundary && value instanceof String name ? Text.written(name) : value);
    }
    return all;
  }

  /**
   * Renders a conversation in the first of the forms that the template takes.
   *
   * <p>Templates differ in what they make of a call: some concatenate its arguments as text and
   * some go through them, some ask whether the content is none and some concatenate it. Those that
   * do not take a form raise an error or pass the call over.
   */
  private Text render(Prompt.Chat prompt) {
    ChatTemplateException refusal = null;
    for (Conversation.Form form : Conversation.forms(prompt)) {
      try {
        Text text = renderer.render(withBoundaries(Conversation.variables(prompt, form)));
        if (hasCalls(prompt, text)) {
          requireTools(prompt, text);
          return text;
        }
      } catch (ChatTemplateException e) {
        refusal = refusal == null ? e : refusal;
      }
    }
    throw refusal != null ? refusal : noPlace("calls of tools");
  }

  /** Whether all calls are in the text. */
  private static boolean hasCalls(Prompt.Chat prompt, Text text) {
    for (ChatMessage message : prompt.messages()) {
      for (ToolCall call : message.toolCalls()) {
        if (!text.value().contains(call.name())) {
          return false;
        }
      }
    }
    return true;
  }

  private static void requireTools(Prompt.Chat prompt, Text text) {
    for (ToolDefinition tool : prompt.options().tools()) {
      if (!text.value().contains(tool.name())) {
        throw noPlace("tools");
      }
    }
  }

  private static ChatTemplateException noPlace(String what) {
    return new ChatTemplateException(
        "the model's chat template has no place for " + what + "; leave them out");
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat;

import dev.coterie.ChatMessage;
import dev.coterie.ChatOptions;
import dev.coterie.ChatTemplate;
import dev.coterie.ChatTemplateException;
import dev.coterie.Prompt;
import dev.coterie.Thinking;
import dev.coterie.ToolDefinition;
import dev.coterie.engine.chat.answer.AnswerFormat;
import dev.coterie.engine.chat.jinja.Text;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.tokenizer.PromptTokenizer;
import dev.coterie.engine.tokenizer.Tokenizers;
import java.io.IOException;
import java.time.Clock;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
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
    boolean begun = ids.length > 0 && beginning.equals(OptionalInt.of(ids[0]));
    return begun ? ids : Tokenizers.withBeginning(ids, tokenizer);
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
          requireTools(prompt, form, text);
          return text;
        }
      } catch (ChatTemplateException e) {
        refusal = refusal == null ? e : refusal;
      }
    }
    throw refusal != null ? refusal : noPlace("calls of tools");
  }

  /** Whether the name of each call is in the text as often as it must be, its definition aside. */
  private static boolean hasCalls(Prompt.Chat prompt, Text text) {
    Map<String, Integer> expected = new HashMap<>();
    for (ChatMessage message : prompt.messages()) {
      message.toolCalls().forEach(call -> expected.merge(call.name(), 1, Integer::sum));
    }
    for (ToolDefinition tool : prompt.options().tools()) {
      expected.computeIfPresent(tool.name(), (_, calls) -> calls + 1);
    }
    return expected.entrySet().stream()
        .allMatch(each -> occurs(each.getKey(), text.value(), each.getValue()));
  }

  private static boolean occurs(String name, String text, int times) {
    int at = -1;
    for (int i = 0; i < times; i++) {
      at = text.indexOf(name, at + 1);
      if (at < 0) {
        return false;
      }
    }
    return true;
  }

  /** Refuses tools that change nothing. */
  private void requireTools(Prompt.Chat prompt, Conversation.Form form, Text text) {
    ChatOptions options = prompt.options();
    if (options.tools().isEmpty()) {
      return;
    }
    Prompt.Chat without = new Prompt.Chat(prompt.messages(), options.withTools(List.of()));
    String other;
    try {
      other = renderer.render(withBoundaries(Conversation.variables(without, form))).value();
    } catch (ChatTemplateException e) { // it needs tools
      return;
    }
    if (other.equals(text.value())) {
      throw noPlace("tools");
    }
  }

  private static ChatTemplateException noPlace(String what) {
    return new ChatTemplateException(
        "the model's chat template has no place for " + what + "; leave them out");
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Generation} came to. A generation that was cut short keeps what it had. Immutable.
 *
 * @param text the answer: the {@link Lane#TEXT} chunks joined
 * @param thinking the reasoning: the {@link Lane#THINKING} chunks joined; empty if there was none
 * @param toolCalls the calls of tools in their order, whole ones alone: those of the {@link
 *     Lane#TOOL} chunks. Arguments are not checked against a schema, and the name may be one that
 *     was not offered
 * @param brokenToolCalls what was meant as a call and cannot be read as one; {@code text} has it
 *     too
 * @param finishReason why it ended
 * @param error what failed, where {@code finishReason} is {@link FinishReason#ERROR}; else null
 * @param tokens the generated token ids, a closing end-of-sequence token included
 * @param promptTokens the prompt's length in tokens
 * @param cachedTokens how many of them were found in the cache and not computed again
 * @param timings where the time went
 * @param logProbabilities one entry a generated token, if asked for; else empty
 * @param expertRouting one entry a layer with experts, if {@link GenerationOptions#expertRouting()}
 *     asked for it; else, and in models without experts, empty. Tokens of other generations, though
 *     computed in the same steps, do not count
 */
public record GenerationResult(
    String text,
    String thinking,
    List<ToolCall> toolCalls,
    List<BrokenToolCall> brokenToolCalls,
    FinishReason finishReason,
    @Nullable Throwable error,
    List<Integer> tokens,
    int promptTokens,
    int cachedTokens,
    Timings timings,
    List<TokenLogProbability> logProbabilities,
    List<ExpertRouting> expertRouting) {
  /** Checks that nothing but {@code error} is null, and copies the lists. */
  public GenerationResult {
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(thinking, "thinking");
    Objects.requireNonNull(finishReason, "finishReason");
    Objects.requireNonNull(timings, "timings");
    toolCalls = List.copyOf(toolCalls);
    brokenToolCalls = List.copyOf(brokenToolCalls);
    tokens = List.copyOf(tokens);
    logProbabilities = List.copyOf(logProbabilities);
    expertRouting = List.copyOf(expertRouting);
  }

  /**
   * The answer as a message, to put behind the conversation that it answers. It has the reasoning
   * and the calls; which of earlier thoughts the model sees again is the rule of its chat format.
   * Of an answer that was cut short it has what there was; broken calls are in its text.
   *
   * @return the message
   */
  public ChatMessage message() {
    return new ChatMessage(Role.ASSISTANT, text, thinking, toolCalls, "", "");
  }

  /**
   * How many tokens were generated.
   *
   * @return tokens, a closing end-of-sequence token included
   */
  public int completionTokens() {
    return tokens.size();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.BrokenToolCall;
import dev.coterie.Chunk;
import dev.coterie.FinishReason;
import dev.coterie.GenerationResult;
import dev.coterie.Lane;
import dev.coterie.Timings;
import dev.coterie.TokenLogProbability;
import dev.coterie.ToolCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a generation ended: what its {@link GenerationResult} is made from, once somebody asks for
 * it.
 *
 * @param reason why
 * @param error what failed, for {@link FinishReason#ERROR}
 * @param tokens the generated tokens; not shared
 * @param promptTokens the prompt's length
 * @param timings where the time went
 * @param brokenCalls what could not be read as a call; not changed any more
 * @param logProbabilities one entry a token, or none; not changed any more
 * @param experts which experts were chosen, or null; not changed any more
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Ending(
    FinishReason reason,
    @Nullable Throwable error,
    int[] tokens,
    int promptTokens,
    Timings timings,
    List<BrokenToolCall> brokenCalls,
    List<TokenLogProbability> logProbabilities,
    @Nullable ExpertCounts experts) {
  /** Made beforehand, for when there is no memory to make one. */
  private static final Ending NO_MEMORY = error(new OutOfMemoryError("no memory for the result"));

  /** The end of a generation whose result could not be recorded. */
  static Ending lost(Throwable error) {
    return error instanceof OutOfMemoryError ? NO_MEMORY : error(error);
  }

  private static Ending error(Throwable error) {
    Timings none = new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO);
    return new Ending(FinishReason.ERROR, error, new int[0], 0, none, List.of(), List.of(), null);
  }

  GenerationResult result(Answer answer) {
    StringBuilder text = new StringBuilder();
    StringBuilder thinking = new StringBuilder();
    List<ToolCall> calls = new ArrayList<>();
    for (Answer.Node node = answer.head().next(); node != null; node = node.next()) {
      Chunk chunk = node.chunk();
      if (chunk.lane() == Lane.TEXT) {
        text.append(chunk.text());
      } else if (chunk.lane() == Lane.THINKING) {
        thinking.append(chunk.text());
      }
      if (chunk.toolCall() != null) {
        calls.add(chunk.toolCall());
      }
    }
    return new GenerationResult(
        text.toString(),
        thinking.toString(),
        calls,
        brokenCalls,
        reason,
        error,
        Arrays.stream(tokens).boxed().toList(),
        promptTokens,
        0,
        timings,
        logProbabilities,
        experts == null ? List.of() : experts.routing());
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A piece of output as it streams: whole characters only, in one lane. The markers that part lanes
 * are left out. Immutable.
 *
 * @param lane what the piece is for
 * @param text the characters; may be empty where tokens ended in the midst of a character
 * @param logProbabilities one entry a token of this piece, markers before it included, if asked
 *     for; else empty
 * @param toolCall the call, of a piece in {@link Lane#TOOL}, which holds a whole one; else null
 */
public record Chunk(
    Lane lane,
    String text,
    List<TokenLogProbability> logProbabilities,
    @Nullable ToolCall toolCall) {
  /** Checks that nothing but {@code toolCall} is null, and copies the list. */
  public Chunk {
    Objects.requireNonNull(lane, "lane");
    Objects.requireNonNull(text, "text");
    logProbabilities = List.copyOf(logProbabilities);
  }

  /**
   * A piece that is no call.
   *
   * @param lane what the piece is for
   * @param text the characters
   * @param logProbabilities one entry a token of this piece, if asked for; else empty
   */
  public Chunk(Lane lane, String text, List<TokenLogProbability> logProbabilities) {
    this(lane, text, logProbabilities, null);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.List;

/**
 * A piece of output as it streams: whole characters only, in one lane. The texts of a generation's
 * chunks joined are its full output.
 *
 * @param lane what the piece is for
 * @param text the characters; may be empty where tokens ended in the midst of a character
 * @param logProbabilities one entry a token of this piece, if asked for; else empty
 */
public record Chunk(Lane lane, String text, List<TokenLogProbability> logProbabilities) {
  /** Copies the list. */
  public Chunk {
    logProbabilities = List.copyOf(logProbabilities);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.List;

/**
 * How likely a generated token was, and its likeliest rivals. Natural logarithms of the
 * probabilities that the model itself gives, before temperature, penalties and filters.
 *
 * @param id the token that was generated
 * @param logProbability its log-probability, at most 0
 * @param top the likeliest tokens, best first, as many as {@link
 *     GenerationOptions#logProbabilities()} asks for; the generated one need not be among them
 */
public record TokenLogProbability(int id, double logProbability, List<Candidate> top) {
  /** Copies the candidates. */
  public TokenLogProbability {
    top = List.copyOf(top);
  }

  /**
   * A token that could have come.
   *
   * @param id the token
   * @param logProbability its log-probability, at most 0
   */
  public record Candidate(int id, double logProbability) {}
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.time.Duration;

/**
 * Where a generation's time went.
 *
 * @param queued from the call to the first step that worked on it
 * @param prefill from there to the logits of the prompt's last token
 * @param decode from there to the end
 */
public record Timings(Duration queued, Duration prefill, Duration decode) {
  /**
   * From the call to the first token.
   *
   * @return {@code queued} and {@code prefill} together
   */
  public Duration timeToFirstToken() {
    return queued.plus(prefill);
  }
}

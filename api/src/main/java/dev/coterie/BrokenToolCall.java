// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.Objects;

/**
 * What a model wrote as a call of a tool and cannot be read as one. Its text is part of the answer.
 * Immutable.
 *
 * @param text what the model wrote, with the markers around it
 * @param reason what is wrong with it
 */
public record BrokenToolCall(String text, String reason) {
  /** Checks that nothing is null. */
  public BrokenToolCall {
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(reason, "reason");
  }
}

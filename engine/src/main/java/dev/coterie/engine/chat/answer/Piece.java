// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import dev.coterie.Lane;
import dev.coterie.ToolCall;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of an answer.
 *
 * @param lane what it is for
 * @param text the characters
 * @param call the call, in {@link Lane#TOOL}; else null
 * @param fault why text that was meant as a call cannot be read as one; else null
 */
public record Piece(Lane lane, String text, @Nullable ToolCall call, @Nullable String fault) {
  static Piece text(String text) {
    return new Piece(Lane.TEXT, text, null, null);
  }

  static Piece thinking(String text) {
    return new Piece(Lane.THINKING, text, null, null);
  }

  static Piece call(String text, ToolCall call) {
    return new Piece(Lane.TOOL, text, call, null);
  }

  static Piece broken(String text, String fault) {
    return new Piece(Lane.TEXT, text, null, fault);
  }
}

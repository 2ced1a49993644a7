// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import dev.coterie.ToolCall;
import java.util.random.RandomGenerator;

/**
 * Gives calls what their results refer to. Models other than Mistral's write none, and Mistral's
 * take no other than nine letters and digits.
 */
@FunctionalInterface
interface CallIds {
  /** Draws them. */
  CallIds RANDOM = () -> draw(RandomGenerator.getDefault());

  /** The next one. */
  String next();

  /** A call; with an id of its own if it has none. */
  default ToolCall call(String id, String name, String argumentsJson) {
    return new ToolCall(id.isEmpty() ? next() : id, name, argumentsJson);
  }

  private static String draw(RandomGenerator random) {
    String letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    StringBuilder id = new StringBuilder();
    for (int i = 0; i < 9; i++) {
      id.append(letters.charAt(random.nextInt(letters.length())));
    }
    return id.toString();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.Objects;

/**
 * A call of a tool that the model asked for. Immutable.
 *
 * @param id what the result refers to; empty where the model gives none
 * @param name the tool's name
 * @param argumentsJson the arguments, a JSON object; checked when a prompt is made of it
 */
public record ToolCall(String id, String name, String argumentsJson) {
  /** Checks that nothing is null. */
  public ToolCall {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(argumentsJson, "argumentsJson");
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.Objects;

/**
 * A tool that the model may call. Immutable.
 *
 * @param name the tool's name
 * @param description what it does, for the model
 * @param schemaJson the JSON schema of its arguments: an object, such as {@code {"type": "object",
 *     "properties": {}}}; checked when a prompt is made of it
 */
public record ToolDefinition(String name, String description, String schemaJson) {
  /** Checks that nothing is null. */
  public ToolDefinition {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(description, "description");
    Objects.requireNonNull(schemaJson, "schemaJson");
  }
}

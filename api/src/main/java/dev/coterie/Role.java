// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

/** Who speaks in a {@link ChatMessage}. */
public enum Role {
  /** Instructions for the whole conversation. */
  SYSTEM,
  /** The person, or the program that asks. */
  USER,
  /** The model. */
  ASSISTANT,
  /** The result of a tool that the model called. */
  TOOL
}

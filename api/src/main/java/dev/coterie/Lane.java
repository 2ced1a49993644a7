// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

/** What a piece of output is for. */
public enum Lane {
  /** The answer. */
  TEXT,
  /** The model's reasoning before its answer. */
  THINKING,
  /** A call of a tool. */
  TOOL
}

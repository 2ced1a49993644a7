// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.foreign;

/** What came of asking the system for something that the program can do without. */
public sealed interface Outcome {
  /** The system did it. */
  record Done() implements Outcome {}

  /**
   * It was not done.
   *
   * @param reason why, with the cure where there is one
   */
  record Unavailable(String reason) implements Outcome {}
}

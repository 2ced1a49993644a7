// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

/**
 * The markers around a thought.
 *
 * @param open begins it
 * @param close ends it
 * @param padded whether newlines inside the markers and behind the last belong to them
 */
record Thoughts(String open, String close, boolean padded) {
  /** What to write to end a thought. */
  String end() {
    return padded ? "\n" + close + "\n\n" : close;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

/**
 * What one rendering may spend. Steps count what is evaluated and, more cheaply, the characters
 * that are made; both grow with the input, so that a long conversation may take long.
 */
final class Budget {
  private static final int MAX_DEPTH = 400;
  private static final long BASE_STEPS = 1_000_000;
  private static final int BASE_LENGTH = 4 << 20;
  private static final long MAX_NANOS = 20_000_000_000L;
  private static final int CHARACTERS_A_STEP = 16;

  private final long maxSteps;
  private final long maxLength;
  private final long deadline = System.nanoTime() + MAX_NANOS;
  private long steps;
  private int depth;

  /**
   * A budget.
   *
   * @param values the number of values in the input
   * @param characters the characters of its strings
   */
  Budget(long values, long characters) {
    maxSteps = BASE_STEPS + 2_000 * values + CHARACTERS_A_STEP * characters;
    maxLength = BASE_LENGTH + 8 * characters;
  }

  /** For what is made of the input without a template. */
  static Budget unlimited() {
    return new Budget(1 << 20, 1L << 40);
  }

  void step() {
    spend(1);
  }

  void spend(long more) {
    long before = steps;
    steps = more > maxSteps ? Long.MAX_VALUE / 2 : steps + more;
    if (steps > maxSteps) {
      throw new Fault("the template takes more than " + maxSteps + " steps for this input");
    }
    if (before >>> 12 != steps >>> 12 && System.nanoTime() - deadline > 0) {
      throw new Fault("the template takes more than " + MAX_NANOS / 1_000_000_000 + " s");
    }
  }

  /** Announces a string of so many characters, or a list of so many items. */
  void make(long length) {
    limit(length);
    spend(1 + length / CHARACTERS_A_STEP);
  }

  /** Pays for a value that is gone through. */
  void pass(Object value) {
    if (value instanceof Text text) {
      spend(text.value().length() / 256);
    }
  }

  /** Checks the length of a string that is already paid for. */
  void limit(long length) {
    if (length > maxLength) {
      throw new Fault("the template makes a value of more than " + maxLength + " characters");
    }
  }

  void enter() {
    if (++depth > MAX_DEPTH) {
      depth = 0;
      throw new Fault("the template nests more than " + MAX_DEPTH + " levels deep");
    }
  }

  void leave() {
    depth--;
  }
}

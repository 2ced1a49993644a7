// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

/** A prompt that does not fit the context. Thrown before any work is done for it. */
public class ContextLengthException extends CoterieException {
  private static final long serialVersionUID = 1;

  /** Tokens. */
  private final long requested;

  /** Tokens. */
  private final long limit;

  /**
   * A prompt of {@code requested} tokens where {@code limit} fit.
   *
   * @param requested the prompt's length in tokens
   * @param limit the most tokens a prompt may have
   */
  public ContextLengthException(long requested, long limit) {
    super(
        "prompt: expected at most "
            + limit
            + " tokens, found "
            + requested
            + "; shorten it or load the model with a larger contextLength");
    this.requested = requested;
    this.limit = limit;
  }

  /**
   * The prompt's length.
   *
   * @return tokens
   */
  public long requested() {
    return requested;
  }

  /**
   * The most tokens a prompt may have.
   *
   * @return tokens
   */
  public long limit() {
    return limit;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import org.jspecify.annotations.Nullable;

/**
 * The parent of the errors that Coterie itself raises. Its children are few, one for each thing a
 * caller can act on. Wrong arguments raise {@link IllegalArgumentException}, use after close {@link
 * IllegalStateException}.
 */
public class CoterieException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * An error with a message.
   *
   * @param message subject, expected, found, cure
   */
  public CoterieException(String message) {
    super(message);
  }

  /**
   * An error with a message and its cause.
   *
   * @param message subject, expected, found, cure
   * @param cause what led here
   */
  public CoterieException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

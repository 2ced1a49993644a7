// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

/**
 * A model that does not fit the memory. Thrown before any memory is taken for it; {@link
 * Model#plan} gives the numbers without loading.
 */
public class InsufficientMemoryException extends CoterieException {
  private static final long serialVersionUID = 1;

  /** What the model needs. */
  private final long requiredBytes;

  /** What it may have. */
  private final long limitBytes;

  /**
   * A model that needs {@code requiredBytes} where {@code limitBytes} are to be had.
   *
   * @param message subject, expected, found, cure
   * @param requiredBytes what the model needs
   * @param limitBytes what it may have
   */
  public InsufficientMemoryException(String message, long requiredBytes, long limitBytes) {
    super(message);
    this.requiredBytes = requiredBytes;
    this.limitBytes = limitBytes;
  }

  /**
   * What the model needs.
   *
   * @return bytes
   */
  public long requiredBytes() {
    return requiredBytes;
  }

  /**
   * What it may have.
   *
   * @return bytes
   */
  public long limitBytes() {
    return limitBytes;
  }
}

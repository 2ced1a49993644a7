// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

/** A fault at a place in a template's source; never leaves the package. */
final class SyntaxFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** In chars. */
  final int position;

  SyntaxFault(int position, String message) {
    super(message, null, false, false);
    this.position = position;
  }

  String detail() {
    return String.valueOf(getMessage());
  }
}

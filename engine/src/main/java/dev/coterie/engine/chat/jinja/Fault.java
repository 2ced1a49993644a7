// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

/** A fault in a template before its place is known; never leaves the package. */
final class Fault extends RuntimeException {
  private static final long serialVersionUID = 1;

  Fault(String message) {
    super(message, null, false, false);
  }

  String detail() {
    return String.valueOf(getMessage());
  }
}

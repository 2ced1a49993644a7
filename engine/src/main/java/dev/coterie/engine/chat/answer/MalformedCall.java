// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

/** Says why a call cannot be read. */
final class MalformedCall extends Exception {
  private static final long serialVersionUID = 1;

  private final String reason;

  MalformedCall(String reason) {
    super(reason, null, false, false);
    this.reason = reason;
  }

  static MalformedCall unfinished() {
    return new MalformedCall("the answer ended within the call");
  }

  String reason() {
    return reason;
  }
}

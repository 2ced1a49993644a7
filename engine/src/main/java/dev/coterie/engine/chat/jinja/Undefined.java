// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

/**
 * What a name or an attribute that is not there stands for: false, empty and printed as nothing;
 * anything else that is done with it is a fault.
 *
 * @param message what is not there, for the fault
 */
record Undefined(String message) {
  static Undefined name(String name) {
    return new Undefined("'" + name + "' is undefined");
  }

  Fault fault() {
    return new Fault(message);
  }
}

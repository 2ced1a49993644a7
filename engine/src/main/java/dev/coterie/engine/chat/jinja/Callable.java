// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

/** What a template can call. */
@FunctionalInterface
interface Callable {
  /**
   * Calls it.
   *
   * @param arguments with what
   * @return a value
   */
  Object call(Arguments arguments);
}

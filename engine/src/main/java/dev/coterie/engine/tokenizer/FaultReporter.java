// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import dev.coterie.ModelFormatException;

/** Makes the error for a part of a tokenizer's source that will not do. */
@FunctionalInterface
interface FaultReporter {
  /**
   * The error to throw.
   *
   * @param key the part at fault, as its source names it
   * @param detail what was expected and what was found
   */
  ModelFormatException fault(String key, String detail);
}

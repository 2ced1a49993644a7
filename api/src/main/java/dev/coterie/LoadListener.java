// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

/** Hears how a load gets on. Called by the loading thread and its helpers, one at a time. */
@FunctionalInterface
public interface LoadListener {
  /**
   * Some progress was made.
   *
   * @param phase what is being done, such as {@code "repack weights"}
   * @param done how much of the phase is done, 0 to 1
   */
  void progress(String phase, double done);
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

/** Hears how a download gets on. */
@FunctionalInterface
public interface Progress {
  /**
   * Some bytes arrived.
   *
   * @param path the file
   * @param done how many of its bytes are here
   * @param total its size
   */
  void advanced(String path, long done, long total);
}

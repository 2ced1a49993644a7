// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

/** Hears how a conversion gets on. Called by one thread. */
@FunctionalInterface
public interface ConvertListener {
  /**
   * Some bytes were written, or found written by an earlier run.
   *
   * @param tensor the tensor at work
   * @param done how many bytes of all files are there
   * @param total how many there will be
   */
  void progress(String tensor, long done, long total);
}

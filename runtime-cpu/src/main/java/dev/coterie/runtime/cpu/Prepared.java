// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

/**
 * Rows of activations in the form that a tier multiplies, such as 8-bit integers. Different threads
 * may prepare different stretches. A range of rows that are multiplied together begins at a
 * multiple of {@link Kernels#tileRows}.
 */
public interface Prepared {
  /** Stands where memory is only estimated. */
  Prepared NONE = new Prepared() {};
}

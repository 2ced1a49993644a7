// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

/** What one thread needs for itself. */
final class Worker {
  final Kernels kernels;
  final Kernels.Scratch scratch;
  final AttentionWork attention = new AttentionWork();
  private float[] temporary;

  Worker(Kernels kernels, int maxKeySize, int maxTemporary) {
    this.kernels = kernels;
    scratch = kernels.newScratch(maxKeySize);
    temporary = new float[maxTemporary];
  }

  long bytes() {
    return scratch.bytes() + (long) Float.BYTES * temporary.length;
  }

  /** Room for a moment, grown to the need; what it holds is of no account. */
  float[] temporary(int length) {
    if (temporary.length < length) {
      temporary = new float[length];
    }
    return temporary;
  }
}

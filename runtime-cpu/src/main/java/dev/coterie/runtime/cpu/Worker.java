// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

/** What one thread needs for itself. */
final class Worker {
  final Kernels kernels;
  final Kernels.Scratch scratch;
  final AttentionWork attention = new AttentionWork();

  Worker(Kernels kernels, int maxHeadSize) {
    this.kernels = kernels;
    scratch = kernels.newScratch(maxHeadSize);
  }
}

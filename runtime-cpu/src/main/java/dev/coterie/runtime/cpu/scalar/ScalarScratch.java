// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.scalar;

import dev.coterie.runtime.cpu.AttentionWork;
import dev.coterie.runtime.cpu.Kernels;
import dev.coterie.runtime.cpu.PagedCache;

/** The memory that one thread needs. */
final class ScalarScratch implements Kernels.Scratch {
  /** The inputs that are decoded at a time; a multiple of every tile's columns. */
  static final int PANEL_INPUTS = 256;

  final ScalarPanels panels = new ScalarPanels();
  final float[] panel = new float[PANEL_INPUTS * ScalarPanels.ROWS]; // [inputs, 16 rows]
  final float[] keys; // [headSize, 32 tokens]
  final float[] values; // [headSize / 32, 32 tokens, 32]
  final float[] scores = new float[AttentionWork.MAX_QUERIES * PagedCache.PANEL]; // [rows, 32]
  final float[] sums; // [rows, headSize]
  final float[] most = new float[AttentionWork.MAX_QUERIES];
  final float[] total = new float[AttentionWork.MAX_QUERIES];

  ScalarScratch(int maxKeySize) {
    int padded = Math.ceilDiv(maxKeySize, PagedCache.PANEL) * PagedCache.PANEL;
    keys = new float[padded * PagedCache.PANEL];
    values = new float[padded * PagedCache.PANEL];
    sums = new float[AttentionWork.MAX_QUERIES * padded];
  }

  @Override
  public long bytes() {
    return 4L * (panel.length + keys.length + values.length + sums.length + scores.length);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import java.util.Arrays;
import java.util.List;

/** A product for each group of the row. A unit is one group and some rows. */
record GroupedLinearStep(Buffer input, List<PackedMatrix> weights, Buffer output) implements Step {
  static final int ROWS = 64;

  @Override
  public int units(Run run) {
    return weights.size() * Math.ceilDiv(run.rows(), ROWS);
  }

  @Override
  public void execute(Run run, int unit, Worker worker) {
    int group = unit % weights.size();
    PackedMatrix w = weights.get(group);
    int first = unit / weights.size() * ROWS;
    int rows = Math.min(ROWS, run.rows() - first);
    int stride = Buffer.padded(w.rows());
    float[] y = worker.temporary(ROWS * stride);
    Arrays.fill(y, 0, rows * stride, 0);
    int from = first * input.stride + group * w.columns();
    worker.kernels.linear(
        w, input.data, from, input.stride, rows, y, 0, stride, 0, w.groups(), worker.scratch);
    for (int i = 0; i < rows; i++) {
      int to = (first + i) * output.stride + group * w.rows();
      System.arraycopy(y, i * stride, output.data, to, w.rows());
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.FinishReason;
import dev.coterie.spi.Batch;
import dev.coterie.spi.Executable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * One step of all sequences that are embedded: as many rows of each as there is room for, oldest
 * first. For use by the loop thread; reused from step to step.
 */
final class EmbedBatch {
  private final Batch batch;
  private final int width;
  private final LongSupplier clock;
  private final List<EmbedSequence> planned = new ArrayList<>(); // one a segment

  /**
   * An empty step.
   *
   * @param maxRows the most rows it can take
   * @param width values of a hidden state
   * @param clock the loop's clock
   */
  EmbedBatch(int maxRows, int width, LongSupplier clock) {
    batch = new Batch(maxRows);
    this.width = width;
    this.clock = clock;
  }

  /** Plans the step; false if there is nothing to do. */
  boolean plan(List<EmbedSequence> sequences) {
    batch.clear();
    planned.clear();
    for (int i = 0; i < sequences.size() && batch.numRows() < batch.maxRows(); i++) {
      EmbedSequence sequence = sequences.get(i);
      int rows =
          Math.min(
              sequence.numTokens() - sequence.numComputed(), batch.maxRows() - batch.numRows());
      try {
        sequence.plan(batch, rows, false, false, null);
        planned.add(sequence);
      } catch (Throwable e) { // no memory for its block table
        sequence.end(FinishReason.ERROR, e, clock.getAsLong());
      }
    }
    return !planned.isEmpty();
  }

  /** Computes the step. What it throws ends the sequences that were in it, and only those. */
  void run(Executable executable) {
    try {
      executable.run(batch);
      float[] hidden = batch.hidden(width);
      for (int i = 0; i < planned.size(); i++) {
        int first = batch.segmentStart(i);
        planned.get(i).take(hidden, first, batch.segmentStart(i + 1) - first, width);
      }
    } catch (Throwable e) {
      planned.forEach(sequence -> sequence.end(FinishReason.ERROR, e, clock.getAsLong()));
      return;
    }
    for (EmbedSequence sequence : planned) {
      if (sequence.numComputed() == sequence.numTokens()) {
        sequence.end(FinishReason.STOP, null, clock.getAsLong());
      }
    }
  }
}

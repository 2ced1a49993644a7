// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Executable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** A model of one sequence at a time that says what a script has it say. */
record ScriptedExecutable(int vocabulary, ToIntFunction<List<Integer>> script, List<Integer> seen)
    implements Executable {
  ScriptedExecutable(int vocabulary, ToIntFunction<List<Integer>> script) {
    this(vocabulary, script, new ArrayList<>());
  }

  @Override
  public void run(Batch batch) {
    float[] logits = batch.logits(vocabulary);
    for (int row = 0; row < batch.numRows(); row++) {
      if (batch.position(row) == 0) {
        seen.clear();
      }
      seen.add(batch.token(row));
    }
    if (batch.numLogits() > 0) {
      java.util.Arrays.fill(logits, 0, vocabulary, 0);
      logits[script.applyAsInt(seen)] = 9;
    }
  }

  @Override
  public void release(int[] blocks, int count) {}

  @Override
  public long memoryBytes() {
    return 0;
  }

  @Override
  public void close() {}
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Operation.SelectEntries;
import java.util.Arrays;
import java.util.List;

/**
 * The indexer over compressed entries: entries are made of its own, then each row selects the best.
 */
final class SelectEntriesSteps {
  private SelectEntriesSteps() {}

  static List<Step> steps(
      SelectEntries select,
      Buffer query,
      Buffer weights,
      CompressedEntries entries,
      Buffer output) {
    return List.of(
        new CompressedSteps.Take(entries), new Select(select, query, weights, entries, output));
  }

  private record Select(
      SelectEntries select, Buffer query, Buffer weights, CompressedEntries entries, Buffer output)
      implements RowSteps.RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      int wanted = select.output().width();
      int count = entries.count(run.batch.position(row));
      int to = row * output.stride;
      if (count <= wanted) {
        for (int i = 0; i < wanted; i++) {
          output.data[to + i] = i < count ? i : -1;
        }
        return;
      }
      float[] scores = worker.temporary(2 * count); // scores, then a copy to sort
      int[] table = run.batch.blockTable(run.batch.segmentOf(row));
      for (int e = 0; e < count; e++) {
        scores[e] = score(row, entries.array(table, e), entries.offset(e));
      }
      System.arraycopy(scores, 0, scores, count, count);
      Arrays.sort(scores, count, 2 * count);
      float least = scores[2 * count - wanted];
      int written = 0;
      for (int e = 0; e < count; e++) {
        if (scores[e] > least) {
          output.data[to + written++] = e;
        }
      }
      for (int e = 0; e < count && written < wanted; e++) {
        if (scores[e] == least) {
          output.data[to + written++] = e;
        }
      }
    }

    private float score(int row, float[] entry, int at) {
      int size = entries.size();
      float sum = 0;
      for (int h = 0; h < select.weights().width(); h++) {
        int from = row * query.stride + h * size;
        float product = 0;
        for (int i = 0; i < size; i++) {
          product += query.data[from + i] * entry[at + i];
        }
        sum += weights.data[row * weights.stride + h] * Math.max(0, product);
      }
      return sum;
    }
  }
}

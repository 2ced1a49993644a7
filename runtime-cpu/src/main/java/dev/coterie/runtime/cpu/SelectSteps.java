// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation.SelectPositions;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** The lightning indexer: index keys go to the cache; then each row selects the best positions. */
final class SelectSteps {
  private static final int TOKENS = Limits.BLOCK_TOKENS;

  private final SelectPositions select;
  private final Buffer query; // [heads · size]
  private final Buffer weights; // [heads]
  private final Buffer key; // [size]
  private final Buffer output; // [count]
  private final PagedCache cache;
  private final int size;
  private final int heads;
  private final int count;

  SelectSteps(
      SelectPositions select,
      Buffer query,
      Buffer weights,
      Buffer key,
      Buffer output,
      PagedCache cache) {
    this.select = select;
    this.query = query;
    this.weights = weights;
    this.key = key;
    this.output = output;
    this.cache = cache;
    size = select.key().width();
    heads = select.weights().width();
    count = select.output().width();
  }

  List<Step> steps() {
    return List.of(new Store(), new Select());
  }

  private final class Store implements RowSteps.RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      Batch batch = run.batch;
      int position = batch.position(row);
      int[] table = batch.blockTable(batch.segmentOf(row));
      MemorySegment block = cache.block(table[position / TOKENS]);
      long at = cache.indexOffset(select.layer());
      cache.writeKey(block, at, position % TOKENS, key.data, row * key.stride, size);
    }
  }

  private final class Select implements RowSteps.RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      int positions = run.batch.position(row) + 1;
      int to = row * output.stride;
      if (positions <= count) {
        for (int i = 0; i < count; i++) {
          output.data[to + i] = i < positions ? i : -1;
        }
        return;
      }
      int padded = Math.ceilDiv(positions, TOKENS) * TOKENS;
      int products = 2 * padded; // scores, then a copy to find the least selected, then products
      float[] scores = worker.temporary(products + AttentionWork.MAX_QUERIES * TOKENS);
      score(run, row, positions, scores, products, worker);
      System.arraycopy(scores, 0, scores, padded, positions);
      Arrays.sort(scores, padded, padded + positions);
      float least = scores[padded + positions - count];
      int written = 0;
      for (int j = 0; j < positions; j++) {
        if (scores[j] > least) {
          output.data[to + written++] = j;
        }
      }
      for (int j = 0; j < positions && written < count; j++) {
        if (scores[j] == least) {
          output.data[to + written++] = j;
        }
      }
    }

    /** Fills {@code scores[0..positions)}; the products of single heads go to {@code products}. */
    private void score(
        Run run, int row, int positions, float[] scores, int products, Worker worker) {
      Batch batch = run.batch;
      int[] table = batch.blockTable(batch.segmentOf(row));
      for (int first = 0; first < positions; first += TOKENS) {
        for (int t = 0; t < TOKENS; t++) {
          scores[first + t] = 0;
        }
        MemorySegment block = cache.block(table[first / TOKENS]);
        for (int head = 0; head < heads; head += AttentionWork.MAX_QUERIES) {
          int queries = Math.min(AttentionWork.MAX_QUERIES, heads - head);
          worker.kernels.keyScores(
              cache,
              block,
              cache.indexOffset(select.layer()),
              size,
              query.data,
              row * query.stride + head * size,
              size,
              queries,
              scores,
              products,
              worker.scratch);
          for (int h = 0; h < queries; h++) {
            float weight = weights.data[row * weights.stride + head + h];
            for (int t = 0; t < TOKENS; t++) {
              scores[first + t] += weight * Math.max(0, scores[products + h * TOKENS + t]);
            }
          }
        }
      }
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation.MlaAttention;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Latent attention in four steps: the latent vector and the rotated key go to the cache; each
 * head's query is brought to the latent space; attention there, with all heads sharing keys; and
 * each head's result is brought back.
 */
final class LatentSteps {
  /** Rows that one unit brings to the latent space or back. */
  static final int ROWS = 64;

  private static final float[] NO_SINKS = {};

  private final MlaAttention attention;
  private final Buffer query; // [heads · (nope + rope)]
  private final Buffer latent; // [rank]
  private final Buffer keyRope; // [rope]
  private final @Nullable Buffer selected;
  private final Buffer output; // [heads · valueSize]
  private final Buffer absorbed; // [heads · (rank + rope)]
  private final Buffer attended; // [heads · rank]
  private final PagedCache cache;
  private final int rank;
  private final int rope;

  LatentSteps(
      MlaAttention attention,
      Buffer query,
      Buffer latent,
      Buffer keyRope,
      @Nullable Buffer selected,
      Buffer output,
      Buffer absorbed,
      Buffer attended,
      PagedCache cache) {
    this.attention = attention;
    this.query = query;
    this.latent = latent;
    this.keyRope = keyRope;
    this.selected = selected;
    this.output = output;
    this.absorbed = absorbed;
    this.attended = attended;
    this.cache = cache;
    rank = attention.latent().width();
    rope = attention.keyRope().width();
  }

  List<Step> steps(List<PackedMatrix> keyUp, List<PackedMatrix> valueUp) {
    return List.of(new Store(), new Absorb(keyUp), new Attend(), new Expand(valueUp));
  }

  private final class Store implements RowSteps.RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      Batch batch = run.batch;
      int position = batch.position(row);
      int[] table = batch.blockTable(batch.segmentOf(row));
      MemorySegment block = cache.block(table[position / Limits.BLOCK_TOKENS]);
      float[] key = worker.temporary(rank + rope);
      System.arraycopy(latent.data, row * latent.stride, key, 0, rank);
      System.arraycopy(keyRope.data, row * keyRope.stride, key, rank, rope);
      long keys = cache.keyOffset(attention.layer(), 0);
      int token = position % Limits.BLOCK_TOKENS;
      cache.writeKey(block, keys, token, key, 0, rank + rope);
    }
  }

  /** A unit is one head of some rows. */
  private abstract class HeadStep implements Step {
    @Override
    public int units(Run run) {
      return attention.heads() * Math.ceilDiv(run.rows(), ROWS);
    }

    @Override
    public void execute(Run run, int unit, Worker worker) {
      int first = unit / attention.heads() * ROWS;
      int rows = Math.min(ROWS, run.rows() - first);
      execute(unit % attention.heads(), first, rows, worker);
    }

    abstract void execute(int head, int first, int rows, Worker worker);

    /** {@code W x} of some rows to the worker's temporary room, rows padded. */
    float[] multiply(PackedMatrix w, Buffer from, int column, int first, int rows, Worker worker) {
      int stride = Buffer.padded(w.rows());
      float[] y = worker.temporary(ROWS * stride);
      Arrays.fill(y, 0, rows * stride, 0);
      int offset = first * from.stride + column;
      worker.kernels.linear(
          w, from.data, offset, from.stride, rows, y, 0, stride, 0, w.groups(), worker.scratch);
      return y;
    }
  }

  private final class Absorb extends HeadStep {
    private final List<PackedMatrix> keyUp;

    Absorb(List<PackedMatrix> keyUp) {
      this.keyUp = keyUp;
    }

    @Override
    void execute(int head, int first, int rows, Worker worker) {
      int nope = attention.nope();
      int column = head * (nope + rope);
      float[] y = multiply(keyUp.get(head), query, column, first, rows, worker);
      for (int i = 0; i < rows; i++) {
        int to = (first + i) * absorbed.stride + head * (rank + rope);
        System.arraycopy(y, i * Buffer.padded(rank), absorbed.data, to, rank);
        int from = (first + i) * query.stride + column + nope;
        System.arraycopy(query.data, from, absorbed.data, to + rank, rope);
      }
    }
  }

  /** A unit is one row and as many heads as fit a share. */
  private final class Attend implements Step {
    private final int parts = Math.ceilDiv(attention.heads(), AttentionWork.MAX_QUERIES);

    @Override
    public int units(Run run) {
      return run.rows() * parts;
    }

    @Override
    public void execute(Run run, int unit, Worker worker) {
      Batch batch = run.batch;
      int row = unit / parts;
      int head = unit % parts * AttentionWork.MAX_QUERIES;
      AttentionWork work = worker.attention;
      work.query = absorbed.data;
      work.queryStride = rank + rope;
      work.queryOffset = row * absorbed.stride + head * (rank + rope);
      work.output = attended.data;
      work.outputStride = rank;
      work.outputOffset = row * attended.stride + head * rank;
      work.queries = Math.min(AttentionWork.MAX_QUERIES, attention.heads() - head);
      work.firstPosition = batch.position(row);
      work.queriesPerRow = work.queries;
      work.keySize = rank + rope;
      work.valueSize = rank;
      work.scale = attention.scale();
      work.windowSize = 0;
      work.chunkSize = 0;
      work.sinks = NO_SINKS;
      work.layer = attention.layer();
      work.keyValueHead = 0;
      work.blockTable = batch.blockTable(batch.segmentOf(row));
      work.extraPanels = 0;
      work.cache = cache;
      select(work, row);
      worker.kernels.attend(work, worker.scratch);
    }

    private void select(AttentionWork work, int row) {
      work.selecting = selected != null;
      if (selected == null) {
        return;
      }
      int words = work.firstPosition / Integer.SIZE + 1;
      if (work.selected.length < words) {
        work.selected = new int[Math.max(words, 2 * work.selected.length)];
      }
      Arrays.fill(work.selected, 0, words, 0);
      int from = row * selected.stride;
      int count = attention.selected() == null ? 0 : attention.selected().width();
      for (int i = 0; i < count; i++) {
        int position = (int) selected.data[from + i];
        if (position >= 0) {
          work.selected[position / Integer.SIZE] |= 1 << (position % Integer.SIZE);
        }
      }
    }
  }

  private final class Expand extends HeadStep {
    private final List<PackedMatrix> valueUp;

    Expand(List<PackedMatrix> valueUp) {
      this.valueUp = valueUp;
    }

    @Override
    void execute(int head, int first, int rows, Worker worker) {
      int size = attention.valueSize();
      float[] y = multiply(valueUp.get(head), attended, head * rank, first, rows, worker);
      for (int i = 0; i < rows; i++) {
        int to = (first + i) * output.stride + head * size;
        System.arraycopy(y, i * Buffer.padded(size), output.data, to, size);
      }
    }
  }
}

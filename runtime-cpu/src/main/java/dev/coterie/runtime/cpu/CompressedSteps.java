// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation.CompressedAttention;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Attention over a window and compressed entries: keys are stored and entries made, then seen. */
final class CompressedSteps {
  private static final int TOKENS = Limits.BLOCK_TOKENS;

  private CompressedSteps() {}

  /** Makes the entries that a batch's tokens complete, and keeps what later ones need of them. */
  record Take(CompressedEntries entries) implements RowSteps.RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      entries.take(run.batch, row);
    }
  }

  private record StoreKey(CompressedAttention attention, Buffer key, PagedCache cache)
      implements RowSteps.RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      Batch batch = run.batch;
      int position = batch.position(row);
      int[] table = batch.blockTable(batch.segmentOf(row));
      cache.writeKey(
          cache.block(table[position / TOKENS]),
          cache.keyOffset(attention.layer(), 0),
          position % TOKENS,
          key.data,
          row * key.stride,
          attention.key().width());
    }
  }

  /** All steps of an attention. */
  static List<Step> steps(
      CompressedAttention attention,
      float[] sinks,
      Buffer query,
      Buffer key,
      @Nullable CompressedEntries entries,
      @Nullable Buffer selected,
      Buffer output,
      PagedCache cache) {
    List<Step> steps = new ArrayList<>();
    steps.add(new StoreKey(attention, key, cache));
    if (entries != null) {
      steps.add(new Take(entries));
    }
    steps.add(new Attend(attention, sinks, query, selected, entries, output, cache));
    return steps;
  }

  /** A unit is one row and as many heads as fit a share. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Attend(
      CompressedAttention attention,
      float[] sinks,
      Buffer query,
      @Nullable Buffer selected,
      @Nullable CompressedEntries entries,
      Buffer output,
      PagedCache cache)
      implements Step {
    private int parts() {
      return Math.ceilDiv(attention.heads(), AttentionWork.MAX_QUERIES);
    }

    @Override
    public int units(Run run) {
      return run.rows() * parts();
    }

    @Override
    public void execute(Run run, int unit, Worker worker) {
      Batch batch = run.batch;
      int row = unit / parts();
      int head = unit % parts() * AttentionWork.MAX_QUERIES;
      int size = attention.key().width();
      AttentionWork work = worker.attention;
      work.query = query.data;
      work.queryStride = size;
      work.queryOffset = row * query.stride + head * size;
      work.output = output.data;
      work.outputStride = size;
      work.outputOffset = row * output.stride + head * size;
      work.queries = Math.min(AttentionWork.MAX_QUERIES, attention.heads() - head);
      work.firstPosition = batch.position(row);
      work.queriesPerRow = work.queries;
      work.keySize = size;
      work.valueSize = size;
      work.scale = attention.scale();
      work.windowSize = attention.window();
      work.chunkSize = 0;
      work.sinks = sinks;
      work.sinkOffset = head;
      work.selecting = false;
      work.layer = attention.layer();
      work.keyValueHead = 0;
      work.blockTable = batch.blockTable(batch.segmentOf(row));
      work.cache = cache;
      work.extraPanels = 0;
      if (entries != null) {
        see(work, row, entries);
      }
      worker.kernels.attend(work, worker.scratch);
    }

    private void see(AttentionWork work, int row, CompressedEntries source) {
      int count = source.count(work.firstPosition);
      EntryPanels panels = work.extra instanceof EntryPanels used ? used : new EntryPanels();
      work.extra = panels;
      work.extraPanels = Math.ceilDiv(count, PagedCache.PANEL);
      panels.see(source, work.blockTable, count);
      if (selected != null) {
        panels.select(selected.data, row * selected.stride, attention.selected());
      }
    }
  }

  /** Entries, 32 at a time. Mutable, so that it can be used again. */
  private static final class EntryPanels implements KeyPanels {
    private @Nullable CompressedEntries entries;
    private int[] table = {};
    private int count;
    private int[] seen = {}; // a bit for each entry

    void see(CompressedEntries source, int[] blockTable, int available) {
      entries = source;
      table = blockTable;
      count = available;
      int words = Math.ceilDiv(available, Integer.SIZE);
      if (seen.length < words) {
        seen = new int[Math.max(words, 2 * seen.length)];
      }
      Arrays.fill(seen, 0, words, -1);
      if (available % Integer.SIZE != 0) {
        seen[words - 1] = (1 << available % Integer.SIZE) - 1;
      }
    }

    void select(float[] selection, int from, dev.coterie.spi.@Nullable Value value) {
      Arrays.fill(seen, 0, Math.ceilDiv(count, Integer.SIZE), 0);
      int width = value == null ? 0 : value.width();
      for (int i = 0; i < width; i++) {
        int entry = (int) selection[from + i];
        if (entry >= 0) {
          seen[entry / Integer.SIZE] |= 1 << entry % Integer.SIZE;
        }
      }
    }

    @Override
    public int visible(int panel) {
      return seen[panel];
    }

    @Override
    public void read(int panel, float[] keys) {
      CompressedEntries source = entries;
      if (source == null) {
        throw new IllegalStateException("no entries are to be seen");
      }
      int first = panel * PagedCache.PANEL;
      for (int e = 0; e < PagedCache.PANEL; e++) {
        if (first + e >= count) {
          for (int i = 0; i < source.size(); i++) {
            keys[i * PagedCache.PANEL + e] = 0;
          }
          continue;
        }
        float[] entry = source.array(table, first + e);
        int at = source.offset(first + e);
        for (int i = 0; i < source.size(); i++) {
          keys[i * PagedCache.PANEL + e] = entry[at + i];
        }
      }
    }
  }
}

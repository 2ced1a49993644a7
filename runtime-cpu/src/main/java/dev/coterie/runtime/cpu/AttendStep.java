// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Operation.Attention;
import dev.coterie.spi.Operation.Visibility;
import dev.coterie.spi.Operation.Visibility.Chunk;
import dev.coterie.spi.Operation.Visibility.Window;

/**
 * Attention over the cache. A unit is a tile of rows and the heads that share a key and value head,
 * so that a key is read once for all of them. Long units come first, lest one be waited for.
 */
@SuppressWarnings("ArrayRecordComponent")
record AttendStep(
    Attention attention,
    float[] sinks,
    Buffer query,
    Buffer output,
    boolean prepares,
    PagedCache cache)
    implements Step {
  /** The queries of a tile: a multiple of the rows that kernels take at once. */
  private static final int QUERIES = 24;

  /** How many rows a tile should have. */
  static int tileRows(Attention attention) {
    return Math.max(1, QUERIES / group(attention));
  }

  /** Heads that share a key and value head. */
  private static int group(Attention attention) {
    return attention.heads() / attention.keyValueHeads();
  }

  /** How many units a group is, where it has more heads than a unit. */
  private int parts() {
    return Math.ceilDiv(group(attention), QUERIES);
  }

  @Override
  public int units(Run run) {
    return run.tiles * attention.keyValueHeads() * parts();
  }

  @Override
  public void execute(Run run, int unit, Worker worker) {
    int parts = parts();
    int perTile = attention.keyValueHeads() * parts;
    int tile = run.tiles - 1 - unit / perTile;
    int keyValueHead = unit % perTile / parts;
    int firstOfGroup = unit % parts * QUERIES;
    int heads = Math.min(QUERIES, group(attention) - firstOfGroup);
    int head = keyValueHead * group(attention) + firstOfGroup;
    int row = run.tileStart(tile);
    int rows = run.tileStart(tile + 1) - row;
    Batch batch = run.batch;
    Visibility visibility = attention.visibility();
    AttentionWork work = worker.attention;
    work.queries = rows * heads;
    work.queriesPerRow = heads;
    work.firstPosition = batch.position(row);
    work.keySize = attention.headSize();
    work.valueSize = attention.headSize();
    work.scale = attention.scale();
    work.windowSize = visibility instanceof Window(int size) ? size : 0;
    work.chunkSize = visibility instanceof Chunk(int size) ? size : 0;
    work.sinks = sinks;
    work.sinkOffset = head;
    work.selecting = false;
    work.layer = attention.layer();
    work.keyValueHead = keyValueHead;
    work.blockTable = batch.blockTable(batch.segmentOf(row));
    work.extraPanels = 0;
    work.cache = cache;
    attend(work, row, rows, head, heads, worker);
    if (prepares) {
      int size = attention.headSize();
      for (int i = row; i < row + rows; i++) {
        worker.prepare(output, run.rows(), i, head * size, heads * size);
      }
    }
  }

  /** Queries must lie at equal distances: those of several heads of several rows are copied. */
  private void attend(AttentionWork work, int row, int rows, int head, int heads, Worker worker) {
    int size = attention.headSize();
    int from = row * query.stride + head * size;
    int to = row * output.stride + head * size;
    if (rows == 1 || heads == 1) {
      work.query = query.data;
      work.queryOffset = from;
      work.queryStride = rows == 1 ? size : query.stride;
      work.output = output.data;
      work.outputOffset = to;
      work.outputStride = rows == 1 ? size : output.stride;
      worker.kernels.attend(work, worker.scratch);
      return;
    }
    int width = heads * size;
    for (int i = 0; i < rows; i++) {
      System.arraycopy(query.data, from + i * query.stride, worker.queries, i * width, width);
    }
    work.query = worker.queries;
    work.queryOffset = 0;
    work.queryStride = size;
    work.output = worker.attended;
    work.outputOffset = 0;
    work.outputStride = size;
    worker.kernels.attend(work, worker.scratch);
    for (int i = 0; i < rows; i++) {
      System.arraycopy(worker.attended, i * width, output.data, to + i * output.stride, width);
    }
  }
}

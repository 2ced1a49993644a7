// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Operation.Attention;
import dev.coterie.spi.Operation.Visibility;
import dev.coterie.spi.Operation.Visibility.Chunk;
import dev.coterie.spi.Operation.Visibility.Window;

/** Attention over the cache. A unit is a tile of rows and one head. */
@SuppressWarnings("ArrayRecordComponent")
record AttendStep(
    Attention attention,
    float[] sinks,
    Buffer query,
    Buffer output,
    boolean prepares,
    PagedCache cache)
    implements Step {
  /** The most rows of a tile; that many sums of two vectors fit in the registers of AVX-512. */
  static final int TILE_ROWS = 8;

  @Override
  public int units(Run run) {
    return run.tiles * attention.heads();
  }

  @Override
  public void execute(Run run, int unit, Worker worker) {
    Batch batch = run.batch;
    int tile = unit / attention.heads();
    int head = unit % attention.heads();
    int row = run.tileStart(tile);
    Visibility visibility = attention.visibility();
    AttentionWork work = worker.attention;
    work.query = query.data;
    work.queryStride = query.stride;
    work.queryOffset = row * query.stride + head * attention.headSize();
    work.output = output.data;
    work.outputStride = output.stride;
    work.outputOffset = row * output.stride + head * attention.headSize();
    work.queries = run.tileStart(tile + 1) - row;
    work.firstPosition = batch.position(row);
    work.positionStep = 1;
    work.keySize = attention.headSize();
    work.valueSize = attention.headSize();
    work.scale = attention.scale();
    work.windowSize = visibility instanceof Window(int size) ? size : 0;
    work.chunkSize = visibility instanceof Chunk(int size) ? size : 0;
    work.sinks = sinks;
    work.sinkOffset = head;
    work.sinkStep = 0;
    work.selecting = false;
    work.layer = attention.layer();
    work.keyValueHead = head / (attention.heads() / attention.keyValueHeads());
    work.blockTable = batch.blockTable(batch.segmentOf(row));
    work.extraPanels = 0;
    work.cache = cache;
    worker.kernels.attend(work, worker.scratch);
    if (prepares) {
      int size = attention.headSize();
      for (int i = row; i < row + work.queries; i++) {
        worker.prepare(output, run.rows(), i, head * size, size);
      }
    }
  }
}

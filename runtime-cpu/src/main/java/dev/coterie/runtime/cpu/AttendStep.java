// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Operation.Attention;

/** Attention over the cache. A unit is a tile of rows and one head. */
record AttendStep(Attention attention, Buffer query, Buffer output, PagedCache cache)
    implements Step {
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
    AttentionWork work = worker.attention;
    work.query = query.data;
    work.queryStride = query.stride;
    work.queryOffset = row * query.stride + head * attention.headSize();
    work.output = output.data;
    work.outputStride = output.stride;
    work.outputOffset = row * output.stride + head * attention.headSize();
    work.rows = run.tileStart(tile + 1) - row;
    work.firstPosition = batch.position(row);
    work.headSize = attention.headSize();
    work.scale = attention.scale();
    work.layer = attention.layer();
    work.keyValueHead = head / (attention.heads() / attention.keyValueHeads());
    work.blockTable = batch.blockTable(batch.segmentOf(row));
    work.cache = cache;
    worker.kernels.attend(work, worker.scratch);
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.model;

import dev.coterie.engine.config.MlaConfig;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.format.Metadata;
import dev.coterie.engine.layer.LatentAttention;
import dev.coterie.engine.layer.LightningIndexer;

/**
 * DeepSeek-V3.2: V3 with sparse attention (DSA). In every block a lightning indexer chooses the
 * positions that the row attends to.
 */
final class DeepSeekV32 extends DeepSeekV3 {
  private static final int MAX_HEADS = 1 << 12;

  @Override
  public String name() {
    return "deepseek32";
  }

  @Override
  LatentAttention.Indexer indexer(Checkpoint checkpoint, MlaConfig config) {
    Metadata metadata = checkpoint.metadata();
    String prefix = name() + ".attention.indexer.";
    int size = metadata.integer(prefix + "key_length", config.qkRopeHeadDim(), MAX_HEADS);
    return new LightningIndexer(
        metadata.integer(prefix + "head_count", 1, MAX_HEADS),
        size,
        metadata.integer(prefix + "top_k", 1, 1 << 20),
        config.rope().frequencies(null));
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import java.util.regex.Pattern;

/**
 * The order of the rows of Llama's query and key projections. Published checkpoints have the two
 * halves of a head one after the other; GGUF files interleave them, so that rotated pairs are
 * neighbors.
 */
public final class RotatedRows {
  private static final Pattern PERMUTED = Pattern.compile("blk\\.\\d+\\.attn_[qk]\\.(weight|bias)");

  private RotatedRows() {}

  /**
   * How many rows a head has, of a tensor that the two kinds of files order differently.
   *
   * @param metadata of a model
   * @param name the tensor's name in GGUF files
   * @param rows how many it has
   * @return the rows; 0 if both order it alike
   */
  public static int headRows(Metadata metadata, String name, long rows) {
    String architecture = metadata.string("general.architecture");
    if (!architecture.equals("llama") || !PERMUTED.matcher(name).matches()) {
      return 0;
    }
    String heads = name.contains("attn_q.") ? ".attention.head_count" : ".attention.head_count_kv";
    return (int) (rows / metadata.integer(architecture + heads, 1, 1 << 16));
  }

  /** The row in a published checkpoint of what GGUF files have at a row. */
  public static int published(int row, int headRows) {
    int within = row % headRows;
    return row - within + within % 2 * (headRows / 2) + within / 2;
  }

  /** The row in a GGUF file of what published checkpoints have at a row. */
  static int interleaved(int row, int headRows) {
    int within = row % headRows;
    int half = headRows / 2;
    return row - within + within % half * 2 + within / half;
  }
}

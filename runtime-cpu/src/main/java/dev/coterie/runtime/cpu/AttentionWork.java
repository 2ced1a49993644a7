// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

/**
 * One thread's share of an attention: up to {@link #MAX_ROWS} consecutive rows of one sequence, and
 * one head. Mutable, so that it can be used again.
 */
public final class AttentionWork {
  /** The most rows of a share. */
  public static final int MAX_ROWS = 8;

  public float[] query = {}; // row r at queryOffset + r · queryStride
  public int queryOffset;
  public int queryStride;
  public float[] output = {}; // row r at outputOffset + r · outputStride
  public int outputOffset;
  public int outputStride;
  public int rows;
  public int firstPosition; // of row 0
  public int headSize;
  public float scale;
  public int layer;
  public int keyValueHead;
  public int[] blockTable = {};
  public PagedCache cache = PagedCache.NONE;
}

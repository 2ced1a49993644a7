// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The rows that one step computes, one row a token. Rows lie in segments: consecutive positions of
 * one sequence. Filled anew for each step and never reallocated; for use by one thread.
 */
public final class Batch {
  private final int[] tokens;
  private final int[] positions;
  private final int[] rowSegment;
  private final int[] segmentStart;
  private final int[][] blockTables;
  private final int[] @Nullable [] expertCounts; // by segment
  private final int[] logitRows;
  private float[] logits = new float[0]; // [numLogits, vocabulary]
  private float[] hidden = new float[0]; // [numRows, width]
  private int numRows;
  private int numSegments;
  private int numLogits;

  /**
   * An empty batch.
   *
   * @param maxRows the most rows it can take
   */
  public Batch(int maxRows) {
    tokens = new int[maxRows];
    positions = new int[maxRows];
    rowSegment = new int[maxRows];
    segmentStart = new int[maxRows + 1];
    blockTables = new int[maxRows][];
    expertCounts = new int[maxRows][];
    logitRows = new int[maxRows];
  }

  /** Takes out all rows. */
  public void clear() {
    Arrays.fill(blockTables, 0, numSegments, null);
    Arrays.fill(expertCounts, 0, numSegments, null);
    numRows = 0;
    numSegments = 0;
    numLogits = 0;
    segmentStart[0] = 0;
  }

  /**
   * Adds a segment.
   *
   * @param source holds the token ids
   * @param from index of the segment's first token in {@code source}
   * @param count how many tokens, at least 1
   * @param position the first token's position in its sequence
   * @param blockTable the sequence's cache blocks, in order, enough for all positions up to the
   *     segment's last; not copied
   * @param allLogits whether the logits of every row are wanted
   * @param lastLogits whether the logits of the last row are wanted
   */
  public void add(
      int[] source,
      int from,
      int count,
      int position,
      int[] blockTable,
      boolean allLogits,
      boolean lastLogits) {
    add(source, from, count, position, blockTable, allLogits, lastLogits, null);
  }

  /**
   * Adds a segment, and has its experts counted.
   *
   * @param source holds the token ids
   * @param from index of the segment's first token in {@code source}
   * @param count how many tokens, at least 1
   * @param position the first token's position in its sequence
   * @param blockTable the sequence's cache blocks, in order, enough for all positions up to the
   *     segment's last; not copied
   * @param allLogits whether the logits of every row are wanted
   * @param lastLogits whether the logits of the last row are wanted
   * @param counts for each mixture of the graph in its order, for each of its experts, a number
   *     that the run adds 1 to for each row that is sent to it; null counts nothing. Not copied
   */
  public void add(
      int[] source,
      int from,
      int count,
      int position,
      int[] blockTable,
      boolean allLogits,
      boolean lastLogits,
      int @Nullable [] counts) {
    if (count < 1 || count > tokens.length - numRows) {
      throw new IllegalArgumentException(
          "count: expected 1 to " + (tokens.length - numRows) + ", found " + count);
    }
    for (int i = 0; i < count; i++) {
      tokens[numRows] = source[from + i];
      positions[numRows] = position + i;
      rowSegment[numRows] = numSegments;
      if (allLogits || (lastLogits && i == count - 1)) {
        logitRows[numLogits++] = numRows;
      }
      numRows++;
    }
    expertCounts[numSegments] = counts;
    blockTables[numSegments++] = blockTable;
    segmentStart[numSegments] = numRows;
  }

  /**
   * The number of rows.
   *
   * @return rows
   */
  public int numRows() {
    return numRows;
  }

  /**
   * The most rows it can take.
   *
   * @return rows
   */
  public int maxRows() {
    return tokens.length;
  }

  /**
   * The number of segments.
   *
   * @return segments
   */
  public int numSegments() {
    return numSegments;
  }

  /**
   * A segment's first row.
   *
   * @param segment its index; {@link #numSegments()} gives {@link #numRows()}
   * @return the row
   */
  public int segmentStart(int segment) {
    return segmentStart[segment];
  }

  /**
   * The cache blocks of a segment's sequence.
   *
   * @param segment its index
   * @return block numbers, in order; not to be changed
   */
  public int[] blockTable(int segment) {
    return blockTables[segment];
  }

  /**
   * Where the experts of a segment's rows are counted.
   *
   * @param segment its index
   * @return the counts, or null if nobody wants them
   */
  public int @Nullable [] expertCounts(int segment) {
    return expertCounts[segment];
  }

  /**
   * The segment that a row lies in.
   *
   * @param row its index
   * @return the segment's index
   */
  public int segmentOf(int row) {
    return rowSegment[row];
  }

  /**
   * A row's token.
   *
   * @param row its index
   * @return the token id
   */
  public int token(int row) {
    return tokens[row];
  }

  /**
   * A row's position in its sequence.
   *
   * @param row its index
   * @return the position, from 0
   */
  public int position(int row) {
    return positions[row];
  }

  /**
   * The number of rows whose logits are wanted.
   *
   * @return rows
   */
  public int numLogits() {
    return numLogits;
  }

  /**
   * A row whose logits are wanted.
   *
   * @param index 0 to {@link #numLogits()}, exclusive
   * @return the row
   */
  public int logitRow(int index) {
    return logitRows[index];
  }

  /**
   * Room for the logits, grown to the need.
   *
   * @param vocabulary values a row
   * @return {@code [numLogits, vocabulary]} at least; a row's logits stand at its index times
   *     {@code vocabulary}; valid until the next run
   */
  public float[] logits(int vocabulary) {
    int need = Math.multiplyExact(numLogits, vocabulary);
    if (logits.length < need) {
      logits = new float[need];
    }
    return logits;
  }

  /**
   * Room for a hidden state of every row, grown to the need. A graph with an {@link
   * Operation.HiddenInput} reads them, one with an {@link Operation.HiddenOutput} writes them.
   *
   * @param width values a row
   * @return {@code [numRows, width]} at least; a row's state stands at its index times {@code
   *     width}; what it holds after growing is of no account
   */
  public float[] hidden(int width) {
    int need = Math.multiplyExact(numRows, width);
    if (hidden.length < need) {
      hidden = new float[need];
    }
    return hidden;
  }
}

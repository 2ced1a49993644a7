// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.util.Arrays;

/**
 * Merges neighboring tokens until no pair merges: always the pair of least rank, the leftmost among
 * equals. Holds scratch space; one per encoding.
 *
 * <p>A short piece is scanned for its best pair over and over, which touches little memory. A long
 * one goes through a heap of candidates over a linked list, so that a megabyte without a break
 * costs n log n. Entries of the heap are not withdrawn when a neighbor changes; one that no longer
 * holds is recognized when it comes up, because its pair no longer has its rank.
 */
final class BytePairMerger {
  private static final int SHORT = 48;

  private final MergeTable merges;
  private final long[] candidates = new long[SHORT];
  private long[] heap = new long[0];
  private int heapSize;
  private long lookUps;

  BytePairMerger(MergeTable merges) {
    this.merges = merges;
  }

  /**
   * Merges in place.
   *
   * @param ids the tokens of a piece
   * @param count how many there are
   * @return how many are left
   */
  int merge(int[] ids, int count) {
    if (count < 2) {
      return count;
    }
    return count <= SHORT ? mergeShort(ids, count) : mergeLong(ids, count);
  }

  /** How many pairs were looked up so far: the work done. */
  long lookUps() {
    return lookUps;
  }

  private long find(int left, int right) {
    lookUps++;
    return merges.find(left, right);
  }

  private int mergeShort(int[] ids, int count) {
    int length = count;
    for (int i = 0; i < length - 1; i++) {
      candidates[i] = find(ids[i], ids[i + 1]);
    }
    while (length > 1) {
      int best = 0;
      for (int i = 1; i < length - 1; i++) {
        if (MergeTable.rank(candidates[i]) < MergeTable.rank(candidates[best])) {
          best = i;
        }
      }
      if (candidates[best] == MergeTable.NONE) {
        break;
      }
      ids[best] = MergeTable.merged(candidates[best]);
      System.arraycopy(ids, best + 2, ids, best + 1, length - best - 2);
      System.arraycopy(candidates, best + 1, candidates, best, length - best - 2);
      length--;
      if (best > 0) {
        candidates[best - 1] = find(ids[best - 1], ids[best]);
      }
      if (best < length - 1) {
        candidates[best] = find(ids[best], ids[best + 1]);
      }
    }
    return length;
  }

  private int mergeLong(int[] ids, int count) {
    int[] previous = new int[count];
    int[] next = new int[count + 1];
    for (int i = 0; i < count; i++) {
      previous[i] = i - 1;
      next[i] = i + 1;
    }
    heapSize = 0;
    if (heap.length < count) {
      heap = new long[count];
    }
    for (int i = 0; i < count - 1; i++) {
      offer(ids, i, i + 1);
    }
    while (heapSize > 0) {
      long entry = poll();
      int left = (int) entry;
      int right = next[left];
      if (ids[left] < 0 || right >= count) {
        continue;
      }
      long merge = find(ids[left], ids[right]);
      if (merge == MergeTable.NONE || MergeTable.rank(merge) != (int) (entry >>> 32)) {
        continue;
      }
      ids[left] = MergeTable.merged(merge);
      ids[right] = -1;
      int after = next[right];
      next[left] = after;
      if (after < count) {
        previous[after] = left;
        offer(ids, left, after);
      }
      if (previous[left] >= 0) {
        offer(ids, previous[left], left);
      }
    }
    int length = 0;
    for (int i = 0; i < count; i++) {
      if (ids[i] >= 0) {
        ids[length++] = ids[i];
      }
    }
    return length;
  }

  private void offer(int[] ids, int left, int right) {
    long merge = find(ids[left], ids[right]);
    if (merge == MergeTable.NONE) {
      return;
    }
    if (heapSize == heap.length) {
      heap = Arrays.copyOf(heap, heap.length + (heap.length >> 1) + 1);
    }
    long entry = (long) MergeTable.rank(merge) << 32 | left;
    int at = heapSize++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (heap[parent] <= entry) {
        break;
      }
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  }

  private long poll() {
    long least = heap[0];
    long last = heap[--heapSize];
    int at = 0;
    int child = 1;
    while (child < heapSize) {
      if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
        child++;
      }
      if (last <= heap[child]) {
        break;
      }
      heap[at] = heap[child];
      at = child;
      child = 2 * at + 1;
    }
    heap[at] = last;
    return least;
  }
}

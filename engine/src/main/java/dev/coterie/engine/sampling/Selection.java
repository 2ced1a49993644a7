// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.sampling;

/**
 * Weighted tokens, of which the likeliest are wanted. Their order is by logit, the larger first,
 * and by id, the smaller first, so that no two are alike. A cut takes expected linear time
 * (quickselect) and leaves either side unordered. For use by one thread; reused from token to
 * token.
 */
final class Selection {
  private float[] logits = new float[0];
  private int[] ids = new int[0];
  private double[] weights = new double[0];
  private int size;

  /** Empties it and makes room. */
  void clear(int capacity) {
    size = 0;
    if (ids.length < capacity) {
      logits = new float[capacity];
      ids = new int[capacity];
      weights = new double[capacity];
    }
  }

  void add(float logit, int id, double weight) {
    logits[size] = logit;
    ids[size] = id;
    weights[size++] = weight;
  }

  int size() {
    return size;
  }

  float logit(int index) {
    return logits[index];
  }

  int id(int index) {
    return ids[index];
  }

  /**
   * Moves the fewest of the first tokens whose weights reach a sum to the front.
   *
   * @param goal the sum; if all together stay below it, all are taken
   * @return the index of the last one taken, in order and in place; everything before it comes
   *     earlier
   */
  int cut(double goal) {
    int low = 0;
    int high = size;
    double sum = 0;
    while (high - low > 1) {
      int pivot = partition(low, high);
      double before = sum;
      for (int i = low; i < pivot; i++) {
        before += weights[i];
      }
      if (before >= goal && pivot > low) {
        high = pivot;
      } else if (before + weights[pivot] >= goal || pivot == size - 1) {
        return pivot;
      } else {
        sum = before + weights[pivot];
        low = pivot + 1;
      }
    }
    return low;
  }

  /** Puts the first tokens in order, by insertion; for few. */
  void sort(int count) {
    for (int i = 1; i < count; i++) {
      for (int j = i; j > 0 && before(j, j - 1); j--) {
        swap(j, j - 1);
      }
    }
  }

  private boolean before(int i, int j) {
    return logits[i] > logits[j] || (logits[i] == logits[j] && ids[i] < ids[j]);
  }

  /** Splits a range around the median of its first, middle and last token. */
  private int partition(int low, int high) {
    int last = high - 1;
    int middle = (low + high) >>> 1;
    if (before(middle, low)) {
      swap(middle, low);
    }
    if (before(last, low)) {
      swap(last, low);
    }
    if (before(middle, last)) {
      swap(middle, last);
    }
    int split = low;
    for (int i = low; i < last; i++) {
      if (before(i, last)) {
        swap(i, split++);
      }
    }
    swap(split, last);
    return split;
  }

  private void swap(int i, int j) {
    float logit = logits[i];
    logits[i] = logits[j];
    logits[j] = logit;
    int id = ids[i];
    ids[i] = ids[j];
    ids[j] = id;
    double weight = weights[i];
    weights[i] = weights[j];
    weights[j] = weight;
  }
}

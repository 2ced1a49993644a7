// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The reference with the tie rule of {@code torch.topk} on the CPU in its indexers. An indexer sums
 * rectified products, so many of its scores are exactly 0, and which of them come in is decided by
 * the way that {@code std::nth_element} of libstdc++ moves equal values about. That depends on the
 * length of the row that torch was given, unavailable places (minus infinity) included.
 */
public final class TorchTies extends ReferenceOps {
  private final int length;

  /**
   * Operations.
   *
   * @param length the length of the rows that torch selected from: tokens of the whole prompt, or
   *     compressed entries
   */
  public TorchTies(int length) {
    if (length < 1) {
      throw new IllegalArgumentException("length: expected at least 1, found " + length);
    }
    this.length = length;
  }

  @Override
  public double[] selectPositions(double[] query, double[] weights, double[][] keys, int count) {
    double[] scores = indexScores(query, weights, keys);
    if (scores.length > length) {
      throw new IllegalArgumentException(
          "positions: expected at most " + length + ", found " + scores.length);
    }
    double[] padded = Arrays.copyOf(scores, length);
    Arrays.fill(padded, scores.length, length, Double.NEGATIVE_INFINITY);
    int[] selected = select(padded, Math.min(count, length));
    int[] available =
        Arrays.stream(selected)
            .filter(i -> i < scores.length)
            .boxed()
            .sorted(Comparator.<Integer>comparingDouble(i -> -scores[i]).thenComparing(i -> i))
            .mapToInt(i -> i)
            .toArray();
    double[] y = new double[count];
    Arrays.setAll(y, i -> i < available.length ? available[i] : -1);
    return y;
  }

  /**
   * The indices of the greatest values, as {@code std::nth_element} with {@code x > y} leaves them
   * in front.
   *
   * @param values the values, none of them NaN
   * @param count how many indices, at least 1
   * @return {@code [count]}, in no order
   */
  static int[] select(double[] values, int count) {
    int[] order = IntStream.range(0, values.length).toArray();
    int nth = count - 1;
    int first = 0;
    int last = order.length;
    int depth = 2 * (31 - Integer.numberOfLeadingZeros(order.length));
    while (last - first > 3) {
      if (depth-- == 0) {
        throw new IllegalStateException("too deep: libstdc++ goes on with a heap from here");
      }
      int cut = partition(values, order, first, last);
      if (cut <= nth) {
        first = cut;
      } else {
        last = cut;
      }
    }
    for (int i = first + 1; i < last; i++) {
      for (int j = i; j > first && values[order[j]] > values[order[j - 1]]; j--) {
        swap(order, j, j - 1);
      }
    }
    return Arrays.copyOf(order, count);
  }

  /** Around the median of three, which goes to the front first. */
  private static int partition(double[] values, int[] order, int first, int last) {
    int middle = first + (last - first) / 2;
    swap(order, first, median(values, order, first + 1, middle, last - 1));
    double pivot = values[order[first]];
    int left = first + 1;
    int right = last;
    while (true) {
      while (values[order[left]] > pivot) {
        left++;
      }
      right--;
      while (pivot > values[order[right]]) {
        right--;
      }
      if (left >= right) {
        return left;
      }
      swap(order, left, right);
      left++;
    }
  }

  private static int median(double[] values, int[] order, int a, int b, int c) {
    double x = values[order[a]];
    double y = values[order[b]];
    double z = values[order[c]];
    if (x > y) {
      if (y > z) {
        return b;
      }
      return x > z ? c : a;
    }
    if (x > z) {
      return a;
    }
    return y > z ? c : b;
  }

  private static void swap(int[] order, int i, int j) {
    int kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
}

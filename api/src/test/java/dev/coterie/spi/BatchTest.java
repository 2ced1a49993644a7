// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BatchTest {
  @Test
  void rowsLieInSegments() {
    Batch batch = new Batch(5);
    int[] table = {4, 2};
    batch.add(new int[] {7, 8, 9}, 1, 2, 30, table, false, true);
    batch.add(new int[] {5, 6}, 0, 2, 0, new int[] {1}, true, true);
    batch.add(new int[] {3}, 0, 1, 12, new int[] {0}, false, false);
    assertThat(batch.numRows()).isEqualTo(5).isEqualTo(batch.maxRows());
    assertThat(batch.numSegments()).isEqualTo(3);
    assertThat(new int[] {batch.segmentStart(0), batch.segmentStart(1), batch.segmentStart(3)})
        .containsExactly(0, 2, 5);
    assertThat(batch.blockTable(0)).isSameAs(table);
    int[][] rows = {{8, 30, 0}, {9, 31, 0}, {5, 0, 1}, {6, 1, 1}, {3, 12, 2}};
    for (int row = 0; row < rows.length; row++) {
      assertThat(new int[] {batch.token(row), batch.position(row), batch.segmentOf(row)})
          .isEqualTo(rows[row]);
    }
    assertThat(batch.numLogits()).isEqualTo(3);
    assertThat(new int[] {batch.logitRow(0), batch.logitRow(1), batch.logitRow(2)})
        .containsExactly(1, 2, 3);
  }

  @Test
  void logitsGrowAndAreKept() {
    Batch batch = new Batch(4);
    assertThat(batch.logits(10)).isEmpty();
    batch.add(new int[] {1, 2}, 0, 2, 0, new int[] {0}, true, false);
    float[] logits = batch.logits(10);
    assertThat(logits).hasSize(20);
    assertThat(batch.logits(10)).isSameAs(logits);
    assertThatThrownBy(() -> batch.logits(Integer.MAX_VALUE))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void hiddenStatesGrowAndAreKept() {
    Batch batch = new Batch(4);
    assertThat(batch.hidden(10)).isEmpty();
    batch.add(new int[] {1, 2}, 0, 2, 0, new int[] {0}, false, false);
    float[] hidden = batch.hidden(10);
    assertThat(hidden).hasSize(20);
    assertThat(batch.hidden(10)).isSameAs(hidden);
    assertThatThrownBy(() -> batch.hidden(Integer.MAX_VALUE))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void clearedBatchesStartAnew() {
    Batch batch = new Batch(2);
    batch.add(new int[] {1, 2}, 0, 2, 5, new int[] {0}, true, true);
    batch.clear();
    assertThat(batch.numRows() + batch.numSegments() + batch.numLogits()).isZero();
    assertThat(batch.segmentStart(0)).isZero();
    batch.add(new int[] {9}, 0, 1, 0, new int[] {3}, false, true);
    assertThat(batch.token(0)).isEqualTo(9);
    assertThat(batch.logitRow(0)).isZero();
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Batch batch = new Batch(3);
    batch.add(new int[] {1}, 0, 1, 0, new int[] {0}, false, false);
    for (int count : new int[] {Integer.MIN_VALUE, -1, 0, 3, Integer.MAX_VALUE}) {
      assertThatThrownBy(() -> batch.add(new int[8], 0, count, 0, new int[] {0}, true, true))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("count: expected 1 to 2, found " + count);
    }
    assertThat(batch.numRows()).isOne();
  }
}

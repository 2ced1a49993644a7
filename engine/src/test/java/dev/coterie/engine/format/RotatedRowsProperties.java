// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class RotatedRowsProperties {
  @Property
  void eachOrderUndoesTheOtherWithinItsHead(
      @ForAll @IntRange(max = 1 << 20) int row, @ForAll @IntRange(min = 1, max = 256) int half) {
    int headRows = 2 * half;
    int published = RotatedRows.published(row, headRows);
    assertThat(RotatedRows.interleaved(published, headRows)).isEqualTo(row);
    assertThat(RotatedRows.published(RotatedRows.interleaved(row, headRows), headRows))
        .isEqualTo(row);
    assertThat(published / headRows).isEqualTo(row / headRows);
  }

  /** Neighbors in a GGUF file are half a head apart in a published checkpoint. */
  @Property
  void pairsAreNeighbors(
      @ForAll @IntRange(max = 1 << 20) int pair, @ForAll @IntRange(min = 1, max = 256) int half) {
    int first = RotatedRows.published(2 * pair, 2 * half);
    assertThat(RotatedRows.published(2 * pair + 1, 2 * half)).isEqualTo(first + half);
  }
}

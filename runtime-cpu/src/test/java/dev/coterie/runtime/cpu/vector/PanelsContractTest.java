// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrices;
import dev.coterie.runtime.cpu.PackedMatrix;
import dev.coterie.runtime.cpu.PagedCache;
import dev.coterie.spi.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is packed and decoded again is what the type defines, to the bit, on both sides. */
class PanelsContractTest {
  private static final int SIDES = 2;

  @ParameterizedTest
  @MethodSource("dev.coterie.runtime.cpu.PackedMatrices#tensors")
  void decodesWhatWasPacked(Tensor tensor) {
    try (Arena arena = Arena.ofConfined()) {
      PackedMatrix matrix = PackedMatrices.pack(tensor, arena);
      VectorScratch scratch = new VectorScratch(1);
      int columns = tensor.columns();
      for (int group = 0; group < matrix.groups(); group++) {
        float[] panel = new float[columns * PagedCache.PANEL];
        for (int from = 0; from < columns; from += 256) {
          int count = Math.min(256, columns - from);
          MemorySegment part = arena.allocate(4L * count * PagedCache.PANEL, 64);
          part.fill((byte) 0x55);
          for (int side = 0; side < SIDES; side++) {
            Panels.decode(matrix, group, from, count, part, side, scratch);
          }
          MemorySegment.copy(
              part,
              ValueLayout.JAVA_FLOAT,
              0,
              panel,
              from * PagedCache.PANEL,
              count * PagedCache.PANEL);
        }
        for (int column = 0; column < PagedCache.PANEL; column++) {
          int row = column % Layout.GROUP_ROWS;
          assertThat(PackedMatrices.column(panel, PagedCache.PANEL, column, columns))
              .as("%s, group %d, column %d", tensor.name(), group, column)
              .isEqualTo(PackedMatrices.row(tensor, group * Layout.GROUP_ROWS + row));
        }
      }
    }
  }
}

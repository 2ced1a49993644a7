// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrices;
import dev.coterie.runtime.cpu.PackedMatrix;
import dev.coterie.spi.Tensor;
import java.lang.foreign.Arena;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is packed and decoded again is what the type defines, to the bit. */
class ScalarPanelsTest {
  @ParameterizedTest
  @MethodSource("dev.coterie.runtime.cpu.PackedMatrices#tensors")
  void decodesWhatWasPacked(Tensor tensor) {
    try (Arena arena = Arena.ofConfined()) {
      PackedMatrix matrix = PackedMatrices.pack(tensor, arena);
      int columns = tensor.columns();
      ScalarPanels panels = new ScalarPanels();
      for (int group = 0; group < matrix.groups(); group++) {
        float[] panel = new float[columns * Layout.GROUP_ROWS];
        for (int from = 0; from < columns; from += 256) {
          int count = Math.min(256, columns - from);
          float[] part = new float[count * Layout.GROUP_ROWS];
          panels.decode(matrix, group, from, count, part);
          System.arraycopy(part, 0, panel, from * Layout.GROUP_ROWS, part.length);
        }
        for (int row = 0; row < Layout.GROUP_ROWS; row++) {
          assertThat(PackedMatrices.column(panel, Layout.GROUP_ROWS, row, columns))
              .as("%s, group %d, row %d", tensor.name(), group, row)
              .isEqualTo(PackedMatrices.row(tensor, group * Layout.GROUP_ROWS + row));
        }
      }
    }
  }
}

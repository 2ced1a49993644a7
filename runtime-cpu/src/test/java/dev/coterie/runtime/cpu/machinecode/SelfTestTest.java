// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.runtime.cpu.Layout;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SelfTestTest {
  @ParameterizedTest
  @MethodSource("dev.coterie.runtime.cpu.machinecode.IntegerProductsTest#sets")
  void everyLayoutPasses(InstructionSet set) {
    try (Arena arena = Arena.ofConfined()) {
      IntegerProducts products = new IntegerProducts(set, arena);
      assertThat(Arrays.stream(Layout.values()).filter(BlockCode::supports))
          .isNotEmpty()
          .allSatisfy(layout -> assertThat(SelfTest.fault(products, layout)).isNull());
    }
  }

  @Test
  void codeOfAnotherLayoutFails() {
    Needed.processor();
    try (Arena arena = Arena.ofConfined()) {
      IntegerProducts products =
          new IntegerProducts(Processor.here().best(), arena) {
            @Override
            byte[] assemble(Layout layout, int rows) {
              return super.assemble(
                  layout == Layout.FIVE && rows == 7 ? Layout.FIVE_MIN : layout, rows);
            }
          };
      assertThat(SelfTest.fault(products, Layout.FIVE)).startsWith("7 rows, value 0: expected ");
      assertThat(SelfTest.fault(products, Layout.NIBBLE)).isNull();
    }
  }
}

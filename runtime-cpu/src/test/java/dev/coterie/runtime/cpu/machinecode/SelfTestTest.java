// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.runtime.cpu.Layout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

  @ParameterizedTest
  @MethodSource("dev.coterie.runtime.cpu.machinecode.IntegerProductsTest#sets")
  void everyLayoutOfFloatsPasses(InstructionSet set) {
    try (Arena arena = Arena.ofConfined()) {
      FloatProducts products = new FloatProducts(set, arena);
      assertThat(Arrays.stream(Layout.values()).filter(FloatWeights::supports))
          .isNotEmpty()
          .allSatisfy(layout -> assertThat(SelfTest.fault(products, layout)).isNull());
    }
  }

  @Test
  void codeOfAnotherLayoutOfFloatsFails() {
    Needed.processor();
    try (Arena arena = Arena.ofConfined()) {
      FloatProducts products =
          new FloatProducts(Processor.here().best(), arena) {
            @Override
            byte[] assemble(Layout layout, int rows) {
              return super.assemble(
                  layout == Layout.HALF && rows == 2 ? Layout.BFLOAT : layout, rows);
            }
          };
      assertThat(SelfTest.fault(products, Layout.HALF)).startsWith("2 rows, value 0: expected ");
      assertThat(SelfTest.fault(products, Layout.BFLOAT)).isNull();
    }
  }

  @Test
  void everyLayoutIsEitherOfIntegersOrOfFloats() {
    assertThat(Layout.values())
        .allMatch(layout -> BlockCode.supports(layout) != FloatWeights.supports(layout));
  }

  /** Code that does nothing. */
  private static byte[] nothing() {
    Assembler a = new Assembler();
    a.ret();
    return a.assemble();
  }

  private static void wideVectors() {
    if (Processor.here().best() != InstructionSet.AVX512_VNNI) {
      Needed.missing("no kernels on floats for this processor: " + Processor.here().details());
    }
  }

  @Test
  void faultsOfRowsAreFound() {
    wideVectors();
    try (Arena arena = Arena.ofConfined()) {
      IntegerProducts products = new IntegerProducts(Processor.here().best(), arena);
      assertThat(FloatSelfTest.fault(new NativeRows(arena), products)).isNull();
      List<String> faults = new ArrayList<>();
      for (int wrong = 0; wrong < 4; wrong++) {
        byte[][] codes = {
          NormCode.assemble(),
          SwiGluCode.assemble(),
          PreparedRowsCode.norm(),
          PreparedRowsCode.swiGlu()
        };
        codes[wrong] = nothing();
        NativeRows rows = new NativeRows(codes[0], codes[1], codes[2], codes[3], arena);
        faults.add(FloatSelfTest.fault(rows, products));
      }
      assertThat(faults.get(0)).startsWith("norm, value 0: expected ").endsWith(", found 0.0");
      assertThat(faults.get(1)).startsWith("SwiGLU, value 0: expected ");
      assertThat(faults.get(2)).startsWith("norm with rounding, values, byte 0: expected ");
      assertThat(faults.get(3)).startsWith("SwiGLU with rounding, values, byte 0: expected ");
    }
  }

  /** Rounding that forgets a row's last block. */
  @Test
  void faultsOfRoundingAreFound() {
    wideVectors();
    try (Arena arena = Arena.ofConfined()) {
      IntegerProducts products =
          new IntegerProducts(Processor.here().best(), arena) {
            @Override
            public void quantize(
                MemorySegment x,
                long xOffset,
                QuantizedRows out,
                int first,
                int rows,
                int row,
                int from,
                int count) {
              super.quantize(x, xOffset, out, first, rows, row, from, count - Panel.BLOCK);
            }
          };
      assertThat(FloatSelfTest.fault(new NativeRows(arena), products))
          .startsWith("norm with rounding, codes, byte ");
    }
  }

  @Test
  void faultsOfAttentionAreFound() {
    wideVectors();
    try (Arena arena = Arena.ofConfined()) {
      NativeAttention attention = new NativeAttention(arena);
      assertThat(AttentionSelfTest.fault(attention)).isNull();
      assertThat(AttentionSelfTest.fault(new NativeAttention(nothing(), arena)))
          .startsWith("softmax, value 0: expected ");
      MemorySegment[] values = attention.kernels(PanelKind.QUANTIZED_VALUES);
      values[8] = values[7];
      assertThat(AttentionSelfTest.fault(attention))
          .startsWith("panel of QUANTIZED_VALUES, 9 rows, value 256: ");
      MemorySegment[] halves = attention.kernels(PanelKind.HALVES);
      halves[6] = attention.kernels(PanelKind.FLOATS)[6];
      assertThat(AttentionSelfTest.fault(attention))
          .startsWith("panel of HALVES, 7 rows, value 0: ");
    }
  }

  @Test
  void kernelsThatFailAreNotUsed() {
    assertThat(MachineCodeKernels.passed("nothing", "kernels", _ -> null)).isEqualTo("kernels");
    assertThat(MachineCodeKernels.passed("nothing", "kernels", _ -> "a fault")).isNull();
  }
}

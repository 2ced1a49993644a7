// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrices;
import dev.coterie.runtime.cpu.PackedMatrix;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import dev.coterie.testkit.GuardedMemory;
import dev.coterie.testkit.RandomTensors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernels of every instruction set that this machine has, between guard pages. */
class FloatProductsTest {
  @BeforeAll
  static void processor() {
    Needed.processor();
  }

  static Stream<Arguments> matrices() {
    RandomTensors random = new RandomTensors(3);
    List<Tensor> tensors = new ArrayList<>();
    for (DataType type :
        List.of(
            DataType.BF16,
            DataType.F16,
            DataType.F32,
            DataType.F8_E4M3,
            DataType.F4_E2M1,
            DataType.MXFP4)) {
      for (int rows : List.of(1, 17, 48, 80)) {
        for (int columns : List.of(32, 96, 288)) {
          tensors.add(random.matrix(type + " " + rows + "x" + columns, type, rows, columns, 0.5));
        }
      }
      tensors.add(random.adversarial(type + " adversarial", type, 48, 288, 0.5));
      tensors.add(random.matrix(type + " long", type, 33, 4096 + 32, 0.5));
    }
    for (DataType type : List.of(DataType.BF16, DataType.F16, DataType.F32)) {
      for (int columns : List.of(1, 7, 8, 9, 15, 2049)) {
        tensors.add(random.matrix(type + " 33x" + columns, type, 33, columns, 0.5));
      }
    }
    return IntegerProductsTest.sets()
        .flatMap(set -> tensors.stream().map(tensor -> Arguments.of(set, tensor)));
  }

  @ParameterizedTest
  @MethodSource("matrices")
  void productsAreThoseOfDoublePrecision(InstructionSet set, Tensor tensor) {
    SplittableRandom random = new SplittableRandom(7);
    int columns = tensor.columns();
    float[] w = new float[columns];
    for (boolean atEnd : new boolean[] {false, true}) {
      for (int rows : List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 25, 40)) {
        try (Arena arena = Arena.ofConfined()) {
          FloatProducts products = new FloatProducts(set, arena);
          PackedMatrix packed = guarded(PackedMatrices.pack(tensor, arena), atEnd, arena);
          assertThat(products.supports(packed)).isTrue();
          int outputs = packed.groups() * Layout.GROUP_ROWS;
          // what lies between the rows belongs to others
          int xStride = columns + random.nextInt(2) * 5;
          int yStride = outputs + random.nextInt(2) * 3;
          MemorySegment x = memory((rows - 1L) * xStride + columns, atEnd, arena);
          MemorySegment y = memory((rows - 1L) * yStride + outputs, atEnd, arena);
          fill(x, random);
          fill(y, random);
          float[] before = y.toArray(ValueLayout.JAVA_FLOAT);
          int middle = packed.groups() / 4 * 2;
          products.linear(packed, x, 0, xStride, rows, y, 0, yStride, middle, packed.groups());
          products.linear(packed, x, 0, xStride, rows, y, 0, yStride, 0, middle);
          for (int o = 0; o < yStride; o++) {
            boolean inside = o < tensor.rows();
            if (inside) {
              tensor.decodeRow(o, w, 0);
            }
            for (int row = 0; row < rows && row * yStride + o < before.length; row++) {
              int at = row * yStride + o;
              double sum = before[at];
              double magnitude = Math.abs(sum);
              for (int i = 0; inside && i < columns; i++) {
                double product =
                    (double) w[i] * x.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * xStride + i);
                sum += product;
                magnitude += Math.abs(product);
              }
              assertThat((double) y.getAtIndex(ValueLayout.JAVA_FLOAT, at))
                  .as("%d rows, row %d, output %d", rows, row, o)
                  .isCloseTo(sum, within(inside ? 1e-6 * magnitude + 1e-30 : 0));
            }
          }
        }
      }
    }
  }

  private static PackedMatrix guarded(PackedMatrix matrix, boolean atEnd, Arena arena) {
    MemorySegment data = memory(matrix.data().byteSize() / Float.BYTES, atEnd, arena);
    data.copyFrom(matrix.data());
    return new PackedMatrix(matrix.layout(), matrix.rows(), matrix.columns(), data);
  }

  private static MemorySegment memory(long floats, boolean atEnd, Arena arena) {
    long bytes = Float.BYTES * floats;
    return atEnd ? GuardedMemory.atEnd(bytes, arena) : GuardedMemory.atStart(bytes, arena);
  }

  private static void fill(MemorySegment floats, SplittableRandom random) {
    for (long i = 0; i < floats.byteSize() / 4; i++) {
      floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
  }

  @ParameterizedTest
  @MethodSource("matrices")
  void aRowDoesNotDependOnOthers(InstructionSet set, Tensor tensor) {
    SplittableRandom random = new SplittableRandom(8);
    int columns = tensor.columns();
    int rows = 25;
    try (Arena arena = Arena.ofConfined()) {
      FloatProducts products = new FloatProducts(set, arena);
      PackedMatrix packed = PackedMatrices.pack(tensor, arena);
      int outputs = packed.groups() * Layout.GROUP_ROWS;
      MemorySegment x = arena.allocate(4L * rows * columns);
      fill(x, random);
      float[] together = new float[rows * outputs];
      MemorySegment all = MemorySegment.ofArray(together);
      products.linear(packed, x, 0, columns, rows, all, 0, outputs, 0, packed.groups());
      for (int count = 1; count <= 12; count++) {
        float[] y = new float[rows * outputs];
        MemorySegment to = MemorySegment.ofArray(y);
        for (int row = 0; row < rows; row += count) {
          int n = Math.min(count, rows - row);
          long from = (long) row * columns;
          products.linear(
              packed, x, from, columns, n, to, (long) row * outputs, outputs, 0, packed.groups());
        }
        assertThat(y).as("%d at once", count).isEqualTo(together);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.coterie.runtime.cpu.machinecode.IntegerProductsTest#sets")
  void everyCodeOfEightBitsHasItsValue(InstructionSet set) {
    try (Arena arena = Arena.ofConfined()) {
      FloatProducts products = new FloatProducts(set, arena);
      MemorySegment codes = arena.allocate(16 * 32);
      float[] expected = new float[16 * 32];
      Tensor tensor = new Tensor("w", DataType.F8_E4M3, List.of(16L, 32L), codes);
      for (int half = 0; half < 2; half++) {
        for (int i = 0; i < 16 * 32; i++) {
          codes.set(ValueLayout.JAVA_BYTE, i, (byte) (half * 128 + i % 127));
        }
        PackedMatrix packed = PackedMatrices.pack(tensor, arena);
        for (int row = 0; row < 16; row++) {
          tensor.decodeRow(row, expected, row * 32);
        }
        for (int input = 0; input < 32; input++) {
          float[] x = new float[32];
          x[input] = 1;
          float[] y = new float[16];
          products.linear(
              packed, MemorySegment.ofArray(x), 0, 32, 1, MemorySegment.ofArray(y), 0, 16, 0, 1);
          for (int row = 0; row < 16; row++) {
            assertThat(y[row]).isEqualTo(expected[row * 32 + input] + 0f);
          }
        }
      }
    }
  }

  /** Each of 16 codes for each input, under every scale with which all of them are finite. */
  @ParameterizedTest
  @MethodSource("dev.coterie.runtime.cpu.machinecode.IntegerProductsTest#sets")
  void everyCodeAndScaleOfFourBitsHasItsValue(InstructionSet set) {
    try (Arena arena = Arena.ofConfined()) {
      FloatProducts products = new FloatProducts(set, arena);
      MemorySegment blocks = arena.allocate(17 * 16);
      Tensor tensor = new Tensor("w", DataType.MXFP4, List.of(16L, 32L), blocks);
      float[] expected = new float[16 * 32];
      for (int scale = 0; scale < 253; scale++) {
        for (int row = 0; row < 16; row++) {
          // neighboring rows have neighboring scales
          blocks.set(ValueLayout.JAVA_BYTE, 17 * row, (byte) ((scale + row) % 253));
          for (int i = 0; i < 16; i++) {
            int codes = (row + scale + 2 * i) % 16 | (row + scale + 2 * i + 7) % 16 << 4;
            blocks.set(ValueLayout.JAVA_BYTE, 17 * row + 1 + i, (byte) codes);
          }
          tensor.decodeRow(row, expected, row * 32);
        }
        PackedMatrix packed = PackedMatrices.pack(tensor, arena);
        for (int input = 0; input < 32; input++) {
          float[] x = new float[32];
          x[input] = 1;
          float[] y = new float[16];
          products.linear(
              packed, MemorySegment.ofArray(x), 0, 32, 1, MemorySegment.ofArray(y), 0, 16, 0, 1);
          for (int row = 0; row < 16; row++) {
            assertThat(y[row]).isEqualTo(expected[row * 32 + input] + 0f);
          }
        }
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    InstructionSet set = IntegerProductsTest.sets().findFirst().orElseThrow();
    RandomTensors random = new RandomTensors(3);
    try (Arena arena = Arena.ofConfined()) {
      FloatProducts products = new FloatProducts(set, arena);
      PackedMatrix w = PackedMatrices.pack(random.matrix("w", DataType.BF16, 64, 40, 1), arena);
      MemorySegment x = arena.allocate(4 * (40 + 39));
      MemorySegment y = arena.allocate(4 * 128);
      PackedMatrix other = PackedMatrices.pack(random.matrix("w", DataType.Q4_0, 64, 64, 1), arena);
      assertThatThrownBy(() -> products.linear(other, x, 0, 40, 1, y, 0, 64, 0, 4))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("weights: expected whole tiles of floats, found NIBBLE with 64 columns");
      assertThatThrownBy(() -> products.linear(w, x, 0, 40, 2, y, 0, 64, 0, 4))
          .hasMessage("x: expected 2 rows of 40 floats within 79, found them from 0 on, 40 apart");
      assertThatThrownBy(() -> products.linear(w, x, 0, 39, 2, y, 0, 64, 0, 4))
          .hasMessageStartingWith("x: expected 2 rows of 40 floats within 79");
      assertThatThrownBy(() -> products.linear(w, x, 39, 40, 1, y, 65, 64, 0, 4))
          .hasMessage(
              "y: expected 1 rows of 64 floats within 128, found them from 65 on, 64 apart");
      assertThatThrownBy(() -> products.linear(w, x, 0, 40, 1, y.asReadOnly(), 0, 64, 0, 4))
          .hasMessage("y: expected memory that can be written");
      assertThatThrownBy(() -> products.linear(w, x, 0, 40, 1, y, 0, 64, 1, 2))
          .hasMessage("groups: expected pairs within 4, found 1 to 2");
      assertThatThrownBy(() -> new FloatProducts(InstructionSet.NONE, arena))
          .hasMessage("none: it is no instruction set");
    }
  }
}

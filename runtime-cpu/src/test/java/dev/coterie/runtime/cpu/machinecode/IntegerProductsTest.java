// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

/** The kernels of every instruction set that this machine has, between guard pages, to the bit. */
class IntegerProductsTest {
  @BeforeAll
  static void processor() {
    Needed.processor();
  }

  static Stream<InstructionSet> sets() {
    Processor here = Processor.here();
    return Stream.of(InstructionSet.values())
        .filter(set -> set != InstructionSet.NONE && !here.missing().containsKey(set));
  }

  static Stream<Arguments> matrices() {
    RandomTensors random = new RandomTensors(3);
    List<Tensor> tensors = new ArrayList<>();
    for (DataType type : List.of(DataType.Q4_0, DataType.Q8_0)) {
      for (int rows : List.of(1, 16, 17, 33, 64)) {
        for (int columns : List.of(32, 96, 576)) {
          tensors.add(random.matrix(type + " " + rows + "x" + columns, type, rows, columns, 0.5));
        }
      }
      tensors.add(random.adversarial(type + " adversarial", type, 48, 288, 0.5));
      tensors.add(random.matrix(type + " long", type, 32, 8 * 1024 + 32, 0.5));
    }
    return sets().flatMap(set -> tensors.stream().map(tensor -> Arguments.of(set, tensor)));
  }

  @ParameterizedTest
  @MethodSource("matrices")
  void productsAreExact(InstructionSet set, Tensor tensor) {
    SplittableRandom random = new SplittableRandom(7);
    for (boolean atEnd : new boolean[] {false, true}) {
      for (int rows : List.of(1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 16, 23, 25)) {
        try (Arena arena = Arena.ofConfined()) {
          IntegerProducts products = new IntegerProducts(set, arena);
          PackedMatrix packed = guarded(PackedMatrices.pack(tensor, arena), atEnd, arena);
          int columns = tensor.columns();
          int stride = Math.ceilDiv(tensor.rows(), 32) * 32;
          MemorySegment x = memory(4L * rows * columns, atEnd, arena);
          MemorySegment y = memory(4L * rows * stride, atEnd, arena);
          fill(x, random);
          fill(y, random);
          float[] expected = y.toArray(ValueLayout.JAVA_FLOAT);
          ScalarIntegerProducts.add(
              tensor, x.toArray(ValueLayout.JAVA_FLOAT), rows, expected, stride);
          QuantizedRows quantized = products.newRows(rows, columns, arena);
          quantized.resize(rows, columns);
          products.quantize(x, 0, columns, quantized, 0, rows);
          int middle = packed.groups() / 4 * 2;
          products.linear(packed, quantized, y, 0, stride, middle, packed.groups());
          products.linear(packed, quantized, y, 0, stride, 0, middle);
          for (int row = 0; row < rows; row++) {
            for (int o = 0; o < tensor.rows(); o++) {
              int at = row * stride + o;
              assertThat(y.getAtIndex(ValueLayout.JAVA_FLOAT, at))
                  .as("%d rows, row %d, output %d", rows, row, o)
                  .isEqualTo(expected[at]);
            }
          }
        }
      }
    }
  }

  private static PackedMatrix guarded(PackedMatrix matrix, boolean atEnd, Arena arena) {
    MemorySegment data = memory(matrix.data().byteSize(), atEnd, arena);
    data.copyFrom(matrix.data());
    return new PackedMatrix(matrix.layout(), matrix.rows(), matrix.columns(), data);
  }

  private static MemorySegment memory(long bytes, boolean atEnd, Arena arena) {
    return atEnd ? GuardedMemory.atEnd(bytes, arena) : GuardedMemory.atStart(bytes, arena);
  }

  private static void fill(MemorySegment floats, SplittableRandom random) {
    for (long i = 0; i < floats.byteSize() / 4; i++) {
      floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
  }

  @ParameterizedTest
  @MethodSource("sets")
  void codesAreRoundedAsDefined(InstructionSet set) {
    SplittableRandom random = new SplittableRandom(9);
    float[] special = {
      0f,
      -0f,
      1f,
      -1f,
      0.5f,
      1e-20f,
      Float.MIN_VALUE,
      -Float.MIN_NORMAL,
      Float.MAX_VALUE,
      63.5f,
      127f
    };
    int columns = 64 * 32;
    for (boolean atEnd : new boolean[] {false, true}) {
      try (Arena arena = Arena.ofConfined()) {
        IntegerProducts products = new IntegerProducts(set, arena);
        int rows = 15;
        MemorySegment x = memory(4L * rows * columns, atEnd, arena);
        for (int i = 0; i < rows * columns; i++) {
          int kind = i / 32 % 4;
          float scale = (float) Math.pow(2, random.nextInt(250) - 125);
          float value =
              switch (kind) {
                case 0 -> (float) random.nextGaussian();
                case 1 -> special[random.nextInt(special.length)];
                case 2 -> (float) random.nextGaussian() * scale;
                default -> special[i / 128 % special.length];
              };
          x.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        }
        QuantizedRows quantized = products.newRows(rows, columns, arena);
        quantized.resize(rows, columns);
        products.quantize(x, 0, columns, quantized, 4, rows);
        products.quantize(x, 0, columns, quantized, 0, 4);
        Panel panel = new Panel(TileCode.mostRows(set));
        for (int row = 0; row < rows; row++) {
          for (int block = 0; block < columns / 32; block++) {
            float[] values = new float[32];
            MemorySegment.copy(
                x, ValueLayout.JAVA_FLOAT, 4L * (row * columns + 32 * block), values, 0, 32);
            var expected = ScalarIntegerProducts.quantize(values, 0);
            long at =
                row / quantized.tileRows() * quantized.tileBytes()
                    + (long) block * panel.blockBytes();
            int in = row % quantized.tileRows();
            MemorySegment data = quantized.data();
            assertThat(data.asSlice(at + panel.codes(in), 32).toArray(ValueLayout.JAVA_BYTE))
                .as("row %d, block %d", row, block)
                .isEqualTo(expected.codes());
            assertThat(data.get(ValueLayout.JAVA_FLOAT, at + panel.scale(in)))
                .isEqualTo(expected.scale());
            assertThat(data.get(ValueLayout.JAVA_INT, at + panel.sum(in)))
                .isEqualTo(-expected.sum());
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sets")
  void noNumbersStayNone(InstructionSet set) {
    RandomTensors random = new RandomTensors(3);
    try (Arena arena = Arena.ofConfined()) {
      IntegerProducts products = new IntegerProducts(set, arena);
      PackedMatrix packed =
          PackedMatrices.pack(random.matrix("w", DataType.Q4_0, 16, 64, 1), arena);
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
        for (int place = 0; place < 64; place++) {
          float[] x = new float[64];
          x[place] = bad;
          float[] y = new float[32];
          QuantizedRows quantized = products.newRows(1, 64, arena);
          quantized.resize(1, 64);
          products.quantize(MemorySegment.ofArray(x), 0, 64, quantized, 0, 1);
          products.linear(packed, quantized, MemorySegment.ofArray(y), 0, 32, 0, 1);
          for (int o = 0; o < 16; o++) {
            assertThat(Float.isFinite(y[o])).as("%s at %d, output %d", bad, place, o).isFalse();
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sets")
  void memoryIsSummed(InstructionSet set) {
    SplittableRandom random = new SplittableRandom(2);
    try (Arena arena = Arena.ofConfined()) {
      ReadProbe probe = new ReadProbe(set, arena);
      for (int bytes : List.of(0, 512, 1024, 4096, 3 << 20)) {
        for (boolean atEnd : new boolean[] {false, true}) {
          MemorySegment memory = memory(bytes, atEnd, arena);
          int expected = 0;
          for (int i = 0; i < bytes / 4; i++) {
            int value = random.nextInt();
            memory.setAtIndex(ValueLayout.JAVA_INT, i, value);
            expected += value;
          }
          assertThat(probe.sum(memory)).isEqualTo(expected);
        }
      }
      assertThatThrownBy(() -> probe.sum(arena.allocate(100)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("memory: expected a multiple of 512 bytes, found 100");
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    InstructionSet set = sets().findFirst().orElseThrow();
    RandomTensors random = new RandomTensors(3);
    try (Arena arena = Arena.ofConfined()) {
      IntegerProducts products = new IntegerProducts(set, arena);
      QuantizedRows rows = products.newRows(2, 64, arena);
      assertThatThrownBy(() -> rows.resize(1, 33))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("rows: expected a row at least and a multiple of 32 columns, found [1, 33]");
      assertThatThrownBy(() -> rows.resize(0, 64)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> rows.resize(Integer.MAX_VALUE, 64))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageMatching(
              "rows: expected what fits in \\d+ bytes, found \\[2147483647, 64\\] in \\d+");
      rows.resize(2, 64);
      MemorySegment y = arena.allocate(1024);
      PackedMatrix other =
          PackedMatrices.pack(random.matrix("w", DataType.Q6_K, 32, 256, 1), arena);
      assertThatThrownBy(() -> products.linear(other, rows, y, 0, 32, 0, 2))
          .hasMessage("layout: expected one of [NIBBLE, BYTE], found SIX_K");
      PackedMatrix wide = PackedMatrices.pack(random.matrix("w", DataType.Q4_0, 64, 96, 1), arena);
      assertThatThrownBy(() -> products.linear(wide, rows, y, 0, 32, 0, 2))
          .hasMessage("columns: expected 96 as the weights have, found 64");
      PackedMatrix fits = PackedMatrices.pack(random.matrix("w", DataType.Q4_0, 64, 64, 1), arena);
      for (int[] range : new int[][] {{-2, 2}, {1, 2}, {0, 3}, {0, 6}}) {
        assertThatThrownBy(() -> products.linear(fits, rows, y, 0, 32, range[0], range[1]))
            .hasMessage("groups: expected pairs within 4, found " + range[0] + " to " + range[1]);
      }
      MemorySegment small = arena.allocate(4 * (64 + 63));
      assertThatThrownBy(() -> products.linear(fits, rows, small, 0, 64, 2, 4))
          .hasMessage("y: expected 2 rows of 64 floats within 127, found them from 0 on, 64 apart");
      assertThatThrownBy(() -> products.quantize(small, 0, 64, rows, 0, 2))
          .hasMessage("x: expected 2 rows of 64 floats within 127, found them from 0 on, 64 apart");
      for (long[] place :
          new long[][] {{-1, 64}, {1 << 20, 64}, {0, 63}, {0, -64}, {0, 1L << 62}, {129, 64}}) {
        assertThatThrownBy(() -> products.linear(fits, rows, y, place[0], place[1], 0, 4))
            .hasMessageStartingWith("y: expected 2 rows of 64 floats within 256, found them from ");
      }
      products.linear(fits, rows, y, 128, 64, 0, 4);
      assertThatThrownBy(() -> products.linear(fits, rows, y.asReadOnly(), 0, 64, 0, 4))
          .hasMessage("y: expected memory that can be written");
      assertThatThrownBy(() -> products.quantize(small, 0, 64, rows, 0, 3))
          .isInstanceOf(IndexOutOfBoundsException.class);
      PackedMatrix cut = new PackedMatrix(Layout.NIBBLE, 17, 64, fits.data().asSlice(0, 1151));
      assertThatThrownBy(() -> products.linear(cut, rows, y, 0, 32, 0, 2))
          .hasMessage("weights: expected 2 groups of 576 bytes, found 1151");
      assertThat(products.supports(Layout.FLOAT)).isFalse();
      assertThatThrownBy(() -> new IntegerProducts(InstructionSet.NONE, arena))
          .hasMessage("none: it is no instruction set");
    }
  }
}

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
import org.assertj.core.api.AbstractThrowableAssert;
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
          int first = atEnd ? products.tileRows() : 0;
          QuantizedRows quantized = products.newRows(first + rows, columns, arena);
          quantize(products, x, quantized, first, rows);
          int middle = packed.groups() / 4 * 2;
          products.linear(
              packed, quantized, first, rows, y, 0, stride, true, middle, packed.groups());
          products.linear(packed, quantized, first, rows, y, 0, stride, true, 0, middle);
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

  /** All rows of a range, each in two stretches. */
  private static void quantize(
      IntegerProducts products, MemorySegment x, QuantizedRows out, int first, int rows) {
    int columns = out.columns();
    int middle = columns / 64 * 32;
    for (int row = 0; row < rows; row++) {
      long at = (long) row * columns;
      products.quantize(x, at + middle, out, first, rows, row, middle, columns - middle);
      products.quantize(x, at, out, first, rows, row, 0, middle);
    }
  }

  static Stream<Arguments> layouts() {
    RandomTensors random = new RandomTensors(5);
    List<Tensor> tensors = new ArrayList<>();
    for (DataType type :
        List.of(
            DataType.Q4_0,
            DataType.Q4_1,
            DataType.Q5_0,
            DataType.Q5_1,
            DataType.Q8_0,
            DataType.Q4_K,
            DataType.Q5_K,
            DataType.Q6_K,
            DataType.NVFP4,
            DataType.Q2_K,
            DataType.Q3_K,
            DataType.IQ4_NL,
            DataType.IQ4_XS)) {
      tensors.add(random.matrix(type + "", type, 33, 512, 0.5));
      tensors.add(random.adversarial(type + " adversarial", type, 48, 768, 0.5));
      tensors.add(random.matrix(type + " long", type, 16, 17 * 256, 0.5));
    }
    return sets().flatMap(set -> tensors.stream().map(tensor -> Arguments.of(set, tensor)));
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void everyLayoutIsMultiplied(InstructionSet set, Tensor tensor) {
    SplittableRandom random = new SplittableRandom(7);
    int columns = tensor.columns();
    float[] w = new float[columns];
    for (int rows : List.of(1, 5, 12, 14)) {
      for (boolean accumulate : new boolean[] {false, true}) {
        try (Arena arena = Arena.ofConfined()) {
          IntegerProducts products = new IntegerProducts(set, arena);
          PackedMatrix packed = guarded(PackedMatrices.pack(tensor, arena), accumulate, arena);
          assertThat(products.supports(packed)).isTrue();
          int stride = Math.ceilDiv(tensor.rows(), 32) * 32;
          MemorySegment x = memory(4L * rows * columns, accumulate, arena);
          MemorySegment y = memory(4L * rows * stride, accumulate, arena);
          fill(x, random);
          fill(y, random);
          float[] before = y.toArray(ValueLayout.JAVA_FLOAT);
          float[] values = x.toArray(ValueLayout.JAVA_FLOAT);
          QuantizedRows quantized = products.newRows(rows, columns, arena);
          quantize(products, x, quantized, 0, rows);
          products.linear(packed, quantized, 0, rows, y, 0, stride, accumulate, 0, packed.groups());
          for (int o = 0; o < tensor.rows(); o++) {
            tensor.decodeRow(o, w, 0);
            for (int row = 0; row < rows; row++) {
              double sum = accumulate ? before[row * stride + o] : 0;
              double magnitude = Math.abs(sum);
              for (int i = 0; i < columns; i++) {
                var block = ScalarIntegerProducts.quantize(values, row * columns + i / 32 * 32);
                double product = (double) w[i] * block.codes()[i % 32] * block.scale();
                sum += product;
                magnitude += Math.abs(product);
              }
              assertThat((double) y.getAtIndex(ValueLayout.JAVA_FLOAT, row * stride + o))
                  .as("%d rows, row %d, output %d", rows, row, o)
                  .isCloseTo(sum, within(2e-6 * magnitude + 1e-30));
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
        quantize(products, x, quantized, 0, rows);
        int tileRows = quantized.tileRows(rows);
        for (int row = 0; row < rows; row++) {
          for (int block = 0; block < columns / 32; block++) {
            float[] values = new float[32];
            MemorySegment.copy(
                x, ValueLayout.JAVA_FLOAT, 4L * (row * columns + 32 * block), values, 0, 32);
            var expected = ScalarIntegerProducts.quantize(values, 0);
            Panel panel = new Panel(Math.min(tileRows, rows - row / tileRows * tileRows));
            long at = row / tileRows * quantized.tileBytes() + (long) block * panel.blockBytes();
            int in = row % tileRows;
            MemorySegment data = quantized.data();
            assertThat(data.asSlice(at + panel.codes(in), 32).toArray(ValueLayout.JAVA_BYTE))
                .as("row %d, block %d", row, block)
                .isEqualTo(expected.codes());
            assertThat(data.get(ValueLayout.JAVA_FLOAT, at + panel.scale(in)))
                .isEqualTo(expected.scale());
            assertThat(data.get(ValueLayout.JAVA_INT, at + panel.sum(in)))
                .isEqualTo(-expected.sum());
            int first = 0;
            for (int i = 0; i < 16; i++) {
              first += expected.codes()[i];
            }
            assertThat(data.get(ValueLayout.JAVA_INT, at + panel.firstSum(in))).isEqualTo(-first);
            assertThat(data.get(ValueLayout.JAVA_FLOAT, at + panel.total(in)))
                .isEqualTo(expected.sum() * expected.scale());
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
          quantize(products, MemorySegment.ofArray(x), quantized, 0, 1);
          products.linear(packed, quantized, 0, 1, MemorySegment.ofArray(y), 0, 32, false, 0, 1);
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
      for (int[] size : new int[][] {{1, 33}, {0, 64}, {1, 0}}) {
        assertThatThrownBy(() -> products.newRows(size[0], size[1], arena))
            .hasMessage(
                "rows: expected a row at least and a multiple of 32 columns, found "
                    + size[0]
                    + " x "
                    + size[1]);
      }
      MemorySegment y = arena.allocate(1024);
      Multiplication multiply =
          (w, count, to, offset, stride, from, end) ->
              assertThatThrownBy(
                  () -> products.linear(w, rows, 0, count, to, offset, stride, false, from, end));
      PackedMatrix other = PackedMatrices.pack(random.matrix("w", DataType.F16, 32, 64, 1), arena);
      multiply
          .fails(other, 2, y, 0, 32, 0, 2)
          .hasMessage(
              "weights: expected whole tiles of blocks of integers, found HALF with 64 columns");
      PackedMatrix wide = PackedMatrices.pack(random.matrix("w", DataType.Q4_0, 64, 96, 1), arena);
      multiply
          .fails(wide, 2, y, 0, 32, 0, 2)
          .hasMessage("columns: expected 96 as the weights have, found 64");
      PackedMatrix fits = PackedMatrices.pack(random.matrix("w", DataType.Q4_0, 64, 64, 1), arena);
      for (int[] range : new int[][] {{-2, 2}, {1, 2}, {0, 3}, {0, 6}}) {
        multiply
            .fails(fits, 2, y, 0, 64, range[0], range[1])
            .hasMessage("groups: expected pairs within 4, found " + range[0] + " to " + range[1]);
      }
      MemorySegment small = arena.allocate(4 * (64 + 63));
      multiply
          .fails(fits, 2, small, 0, 64, 2, 4)
          .hasMessage("y: expected 2 rows of 64 floats within 127, found them from 0 on, 64 apart");
      for (long[] place :
          new long[][] {{-1, 64}, {1 << 20, 64}, {0, 63}, {0, -64}, {0, 1L << 62}, {129, 64}}) {
        multiply
            .fails(fits, 2, y, place[0], place[1], 0, 4)
            .hasMessageStartingWith("y: expected 2 rows of 64 floats within 256, found them from ");
      }
      products.linear(fits, rows, 0, 2, y, 128, 64, false, 0, 4);
      multiply
          .fails(fits, 2, y.asReadOnly(), 0, 64, 0, 4)
          .hasMessage("y: expected memory that can be written");
      int most = products.tileRows();
      MemorySegment large = arena.allocate(4L * 64 * (most + 1));
      multiply
          .fails(fits, most + 1, large, 0, 64, 0, 4)
          .hasMessage(
              "rows: expected a range from a multiple of %d on within %d, found %d from 0"
                  .formatted(most, most, most + 1));
      PackedMatrix cut = new PackedMatrix(Layout.NIBBLE, 17, 64, fits.data().asSlice(0, 1151));
      multiply
          .fails(cut, 2, y, 0, 32, 0, 2)
          .hasMessage("weights: expected 2 groups of 576 bytes, found 1151");
      assertThatThrownBy(() -> products.quantize(small, 64, rows, 0, 2, 0, 0, 64))
          .hasMessage(
              "x: expected 1 rows of 64 floats within 127, found them from 64 on, 64 apart");
      assertThatThrownBy(() -> products.quantize(small, 0, rows, 0, 2, 2, 0, 32))
          .hasMessage("row: expected one of 2, found 2");
      for (int[] stretch : new int[][] {{0, 33}, {16, 32}, {32, 64}, {-32, 32}}) {
        assertThatThrownBy(() -> products.quantize(small, 0, rows, 0, 2, 0, stretch[0], stretch[1]))
            .hasMessageStartingWith("values: expected whole blocks within 64, found ");
      }
      assertThat(products.supports(other)).isFalse();
      assertThatThrownBy(() -> new IntegerProducts(InstructionSet.NONE, arena))
          .hasMessage("none: it is no instruction set");
    }
  }

  private interface Multiplication {
    AbstractThrowableAssert<?, ? extends Throwable> fails(
        PackedMatrix w,
        int rows,
        MemorySegment y,
        long yOffset,
        long yStride,
        int fromGroup,
        int toGroup);
  }
}

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
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products of BF16 with BF16 beside double precision, between guard pages. */
class PairProductsTest {
  private final SplittableRandom random = new SplittableRandom(4);
  private final MemorySegment room = MemorySegment.ofArray(new float[PairProducts.ROOM]);

  @BeforeAll
  static void processor() {
    if (!Processor.here().bf16()) {
      Needed.missing("no AVX-512 BF16: " + Processor.here().details());
    }
  }

  private static MemorySegment memory(long bytes, boolean atEnd, Arena arena) {
    return atEnd ? GuardedMemory.atEnd(bytes, arena) : GuardedMemory.atStart(bytes, arena);
  }

  private void fill(MemorySegment floats) {
    for (long i = 0; i < floats.byteSize() / Float.BYTES; i++) {
      floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
  }

  /** To the nearest, and of two to the even one. */
  private static float rounded(float x) {
    int bits = Float.floatToRawIntBits(x);
    return Float.intBitsToFloat((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void productsAreThoseOfRoundedActivations(boolean atEnd) {
    RandomTensors tensors = new RandomTensors(5);
    for (int columns : List.of(32, 64, 288, 4096 + 32)) {
      Tensor tensor = tensors.matrix("w", DataType.BF16, 80, columns, 0.5);
      float[] w = new float[columns];
      // of the widest, there is room for less than 96
      for (int rows : List.of(9, 12, 13, 25, 96)) {
        try (Arena arena = Arena.ofConfined()) {
          PackedMatrix packed = PackedMatrices.pack(tensor, arena);
          MemorySegment data = memory(packed.data().byteSize(), atEnd, arena);
          data.copyFrom(packed.data());
          PackedMatrix guarded = new PackedMatrix(Layout.BFLOAT, 80, columns, data);
          PairProducts products = new PairProducts(arena);
          assertThat(products.supports(guarded, rows)).isTrue();
          MemorySegment x = memory(4L * rows * columns, atEnd, arena);
          MemorySegment y = memory(4L * rows * 80, atEnd, arena);
          fill(x);
          fill(y);
          float[] before = y.toArray(ValueLayout.JAVA_FLOAT);
          products.linear(guarded, x, 0, columns, rows, y, 0, 80, 2, 5, room);
          products.linear(guarded, x, 0, columns, rows, y, 0, 80, 0, 2, room);
          for (int o = 0; o < 80; o++) {
            tensor.decodeRow(o, w, 0);
            for (int row = 0; row < rows; row++) {
              double sum = before[row * 80 + o];
              double magnitude = Math.abs(sum);
              for (int i = 0; i < columns; i++) {
                float input = x.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * columns + i);
                double product = (double) w[i] * rounded(input);
                sum += product;
                magnitude += Math.abs(product);
              }
              assertThat((double) y.getAtIndex(ValueLayout.JAVA_FLOAT, row * 80L + o))
                  .as("%d columns, %d rows, row %d, output %d", columns, rows, row, o)
                  .isCloseTo(sum, within(1e-6 * magnitude));
            }
          }
        }
      }
    }
  }

  @Test
  void onlyManyRowsOfBf16AreTaken() {
    RandomTensors tensors = new RandomTensors(5);
    try (Arena arena = Arena.ofConfined()) {
      PairProducts products = new PairProducts(arena);
      PackedMatrix w = PackedMatrices.pack(tensors.matrix("w", DataType.BF16, 32, 64, 1), arena);
      assertThat(products.supports(w, 9)).isTrue();
      assertThat(products.supports(w, 8)).isFalse();
      PackedMatrix other = PackedMatrices.pack(tensors.matrix("w", DataType.F16, 32, 64, 1), arena);
      assertThat(products.supports(other, 9)).isFalse();
      PackedMatrix odd = PackedMatrices.pack(tensors.matrix("w", DataType.BF16, 32, 48, 1), arena);
      assertThat(products.supports(odd, 9)).isFalse();
      PackedMatrix wide = new PackedMatrix(Layout.BFLOAT, 32, 1 << 16, MemorySegment.NULL);
      assertThat(products.supports(wide, 9)).isFalse();
      MemorySegment x = arena.allocate(4 * (9 * 64 - 1));
      MemorySegment y = arena.allocate(4 * 9 * 32);
      assertThatThrownBy(() -> products.linear(w, x, 0, 64, 9, y, 0, 32, 0, 2, room))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("x: expected 9 rows of 64 floats within 575, found them from 0 on, 64 apart");
    }
  }

  @Test
  void kernelsPassTheirTest() {
    try (Arena arena = Arena.ofConfined()) {
      assertThat(SelfTest.fault(new PairProducts(arena))).isNull();
    }
  }
}

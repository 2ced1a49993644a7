// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.foreign.ExecutableMemory;
import dev.coterie.testkit.GuardedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels on floats beside double precision, between guard pages. */
class FloatKernelsTest {
  private static final int TOKENS = 32;

  private final SplittableRandom random = new SplittableRandom(6);

  @BeforeAll
  static void processor() {
    if (Processor.here().best() != InstructionSet.AVX512_VNNI) {
      Needed.missing("no kernels on floats for this processor: " + Processor.here().details());
    }
  }

  private static MemorySegment memory(long floats, boolean atEnd, Arena arena) {
    long bytes = Float.BYTES * floats;
    return atEnd ? GuardedMemory.atEnd(bytes, arena) : GuardedMemory.atStart(bytes, arena);
  }

  private MemorySegment floats(long count, boolean atEnd, Arena arena) {
    MemorySegment memory = memory(count, atEnd, arena);
    for (long i = 0; i < count; i++) {
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return memory;
  }

  private static float at(MemorySegment floats, long i) {
    return floats.getAtIndex(ValueLayout.JAVA_FLOAT, i);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void norms(boolean atEnd) {
    for (int width : new int[] {16, 64, 576}) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment x = floats(width, atEnd, arena);
        MemorySegment weight = floats(width, atEnd, arena);
        MemorySegment y = memory(width, atEnd, arena);
        new NativeRows(arena).rmsNorm(x, 0, weight, width, 1e-5f, y, 0);
        double squares = 0;
        for (int i = 0; i < width; i++) {
          squares += (double) at(x, i) * at(x, i);
        }
        for (int i = 0; i < width; i++) {
          double expected = at(x, i) * at(weight, i) / Math.sqrt(squares / width + 1e-5);
          assertThat((double) at(y, i)).isCloseTo(expected, within(1e-5));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void swiGlu(boolean atEnd) {
    float[] special = {0, -0f, 1e-30f, 88, -88, 700, -700, 1e30f, -1e30f};
    for (float limit : new float[] {Float.POSITIVE_INFINITY, 0.75f}) {
      try (Arena arena = Arena.ofConfined()) {
        int count = 48;
        MemorySegment gate = floats(count, atEnd, arena);
        for (int i = 0; i < special.length; i++) {
          gate.setAtIndex(ValueLayout.JAVA_FLOAT, 3 * i, special[i]);
        }
        MemorySegment up = floats(count, atEnd, arena);
        MemorySegment out = memory(count, atEnd, arena);
        new NativeRows(arena).swiGlu(limit, gate, 0, up, 0, out, 0, count);
        for (int i = 0; i < count; i++) {
          double g = Math.min(at(gate, i), limit);
          double u = Math.clamp(at(up, i), -limit, limit);
          double expected = g / (1 + Math.exp(-g)) * u;
          // silu of what is far below 0 is as good as 0
          assertThat((double) at(out, i))
              .as("gate %s", at(gate, i))
              .isCloseTo(expected, within(1e-6 * Math.max(1, Math.abs(expected))));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void panels(boolean atEnd) {
    for (int rows = 1; rows <= PanelCode.MOST_ROWS; rows++) {
      for (PanelKind kind : PanelKind.values()) {
        for (boolean accumulate : new boolean[] {false, true}) {
          try (Arena arena = Arena.ofConfined()) {
            boolean keys = kind == PanelKind.QUANTIZED_KEYS;
            int panels = keys ? 1 : 2;
            int count = 1 + random.nextInt(keys ? 3 * TOKENS : TOKENS);
            float[] values = new float[(panels - 1) * TOKENS * TOKENS + count * TOKENS];
            MemorySegment p = panels(kind, values, atEnd, arena);
            MemorySegment x = floats((long) rows * count, atEnd, arena);
            MemorySegment y = floats((long) rows * panels * TOKENS, atEnd, arena);
            float[] before = y.toArray(ValueLayout.JAVA_FLOAT);
            MemorySegment code =
                ExecutableMemory.instance().place(PanelCode.assemble(kind, rows), arena);
            long yRow = (long) Float.BYTES * panels * TOKENS;
            long xRow = (long) Float.BYTES * count;
            CallList calls = new CallList(1);
            calls.add(
                code.address(),
                p.address(),
                0,
                count,
                x.address(),
                0,
                xRow,
                y.address(),
                0,
                yRow,
                panels,
                accumulate ? 1 : 0);
            calls.run();
            for (int row = 0; row < rows; row++) {
              for (int c = 0; c < panels * TOKENS; c++) {
                double sum = accumulate ? before[row * panels * TOKENS + c] : 0;
                for (int k = 0; k < count; k++) {
                  int at = c / TOKENS * TOKENS * TOKENS + k * TOKENS + c % TOKENS;
                  sum += (double) values[at] * at(x, row * count + k);
                }
                assertThat((double) at(y, row * panels * TOKENS + c)).isCloseTo(sum, within(1e-4));
              }
            }
          }
        }
      }
    }
  }

  /** Draws the values of panels, and writes them as a cache block has them. */
  private MemorySegment panels(PanelKind kind, float[] values, boolean atEnd, Arena arena) {
    boolean keys = kind == PanelKind.QUANTIZED_KEYS;
    boolean quantized = keys || kind == PanelKind.QUANTIZED_VALUES;
    int scales = quantized ? Math.ceilDiv(values.length, TOKENS * TOKENS) * TOKENS : 0;
    long bytes = (long) Short.BYTES * scales + (long) kind.bytes * values.length;
    MemorySegment p = memory(bytes / Float.BYTES, atEnd, arena);
    for (int i = 0; i < scales; i++) {
      short scale = Float.floatToFloat16((float) random.nextGaussian() / 127);
      p.setAtIndex(ValueLayout.JAVA_SHORT, i, scale);
    }
    for (int i = 0; i < values.length; i++) {
      short half = Float.floatToFloat16((float) random.nextGaussian());
      values[i] = Float.float16ToFloat(half);
      if (quantized) {
        int k = i / TOKENS;
        long scale = keys ? k / TOKENS * TOKENS + i % TOKENS : k;
        byte code = (byte) random.nextInt(-127, 128);
        values[i] = code * Float.float16ToFloat(p.getAtIndex(ValueLayout.JAVA_SHORT, scale));
        p.set(ValueLayout.JAVA_BYTE, (long) Short.BYTES * scales + i, code);
      } else if (kind == PanelKind.HALVES) {
        p.setAtIndex(ValueLayout.JAVA_SHORT, i, half);
      } else {
        p.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
      }
    }
    return p;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void softmaxInTwoSteps(boolean atEnd) {
    int[] visible = {-1, 1, 0, 0x80000000, 0x0000ffff, 0xffff0000, 0x12345678};
    int queries = visible.length;
    float scale = 0.3f;
    for (int blocks = 1; blocks <= SoftmaxCode.BLOCKS; blocks++) {
      try (Arena arena = Arena.ofConfined()) {
        int width = SoftmaxCode.SCORES;
        int tokens = blocks * TOKENS;
        MemorySegment code = ExecutableMemory.instance().place(SoftmaxCode.assemble(), arena);
        MemorySegment scores = memory((long) queries * width, atEnd, arena);
        MemorySegment seen = memory((long) queries * SoftmaxCode.BLOCKS + 1, atEnd, arena);
        MemorySegment state = memory(SoftmaxCode.PAIRS + 2L * queries, atEnd, arena);
        MemorySegment sums = memory(16L * queries, atEnd, arena);
        state.setAtIndex(ValueLayout.JAVA_FLOAT, 0, scale);
        double[] most = new double[queries];
        double[][] all = new double[queries][2 * tokens];
        for (int q = 0; q < queries; q++) {
          for (int block = 0; block < blocks; block++) { // every other block has the other half
            int bits = block % 2 == 0 ? visible[q] : Integer.reverse(visible[q]);
            seen.setAtIndex(ValueLayout.JAVA_INT, (long) q * SoftmaxCode.BLOCKS + block, bits);
          }
          state.setAtIndex(
              ValueLayout.JAVA_FLOAT, SoftmaxCode.PAIRS + 2L * q, Float.NEGATIVE_INFINITY);
          most[q] = Double.NEGATIVE_INFINITY;
        }
        for (int step = 0; step < 2; step++) {
          for (int q = 0; q < queries; q++) {
            for (int t = 0; t < tokens; t++) {
              int bits =
                  seen.getAtIndex(ValueLayout.JAVA_INT, (long) q * SoftmaxCode.BLOCKS + t / TOKENS);
              boolean sees = (bits >>> t % TOKENS & 1) != 0;
              // what is not seen may be anything
              float score = sees ? (float) (20 * random.nextGaussian()) : Float.NaN;
              scores.setAtIndex(ValueLayout.JAVA_FLOAT, (long) q * width + t, score);
              all[q][step * tokens + t] = sees ? score * scale : Double.NEGATIVE_INFINITY;
              most[q] = Math.max(most[q], all[q][step * tokens + t]);
            }
          }
          CallList calls = new CallList(1);
          calls.add(
              code.address(),
              scores.address(),
              seen.address(),
              state.address(),
              sums.address(),
              64,
              1,
              queries,
              tokens / 16,
              0,
              0,
              0);
          calls.run();
          for (int q = 0; q < queries; q++) {
            for (int lane = 0; lane < 16; lane++) { // as if every value were 1
              double weights = at(sums, 16L * q + lane);
              for (int t = 0; t < tokens; t++) {
                weights += at(scores, (long) q * width + t);
              }
              sums.setAtIndex(ValueLayout.JAVA_FLOAT, 16L * q + lane, (float) weights);
            }
          }
        }
        for (int q = 0; q < queries; q++) {
          double total = 0;
          for (double score : all[q]) {
            total += visible[q] == 0 ? 0 : Math.exp(score - most[q]);
          }
          long pair = SoftmaxCode.PAIRS + 2L * q;
          assertThat((double) at(state, pair + 1)).as("query %d", q).isCloseTo(total, within(1e-5));
          assertThat((double) at(sums, 16L * q + 7)).isCloseTo(total, within(1e-5));
          if (visible[q] != 0) {
            assertThat((double) at(state, pair)).isCloseTo(most[q], within(1e-5));
          }
        }
      }
    }
  }

  /** What is fused gives the very bytes that one kernel after the other gives. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 12, 13, 25, 50})
  void rowsArePreparedAtOnce(int rows) {
    int width = 96;
    int stride = 128;
    try (Arena arena = Arena.ofConfined()) {
      IntegerProducts products = new IntegerProducts(InstructionSet.AVX512_VNNI, arena);
      NativeRows code = new NativeRows(arena);
      MemorySegment x = floats((long) (rows - 1) * stride + width, true, arena);
      MemorySegment other = floats((long) (rows - 1) * stride + width, true, arena);
      MemorySegment expected = memory((long) rows * stride, true, arena);
      MemorySegment found = memory((long) rows * stride, true, arena);
      QuantizedRows expectedOut = products.newRows(rows, width, arena);
      QuantizedRows foundOut = products.newRows(rows, width, arena);
      for (int row = 0; row < rows; row++) {
        code.rmsNorm(x, row * stride, other, width, 1e-5f, expected, row * stride);
        products.quantize(expected, (long) row * stride, expectedOut, 0, rows, row, 0, width);
      }
      int half = rows / 2;
      code.normAndPrepare(
          x, 0, stride, other, width, 1e-5f, found, 0, stride, foundOut, rows, 0, half + 1);
      int at = half * stride;
      code.normAndPrepare(
          x, at, stride, other, width, 1e-5f, found, at, stride, foundOut, rows, half, rows - half);
      same(found, expected, foundOut, expectedOut);

      expected.copyFrom(x);
      found.copyFrom(x);
      for (int from : new int[] {0, 32}) { // two stretches of a row
        int count = from == 0 ? 32 : width - 32;
        for (int row = 0; row < rows; row++) {
          int to = row * stride + from;
          code.swiGlu(0.5f, expected, to, other, to, expected, to, count);
          products.quantize(expected, to, expectedOut, 0, rows, row, from, count);
        }
        code.swiGluAndPrepare(0.5f, found, other, from, stride, foundOut, 0, rows, from, count);
      }
      same(found, expected, foundOut, expectedOut);
    }
  }

  private static void same(
      MemorySegment found, MemorySegment expected, QuantizedRows out, QuantizedRows expectedOut) {
    assertThat(found.mismatch(expected)).isEqualTo(-1);
    assertThat(out.data().mismatch(expectedOut.data())).isEqualTo(-1);
  }

  @Test
  void rowsOutsideTheirMemoryAreRefused() {
    try (Arena arena = Arena.ofConfined()) {
      NativeRows rows = new NativeRows(arena);
      MemorySegment x = MemorySegment.ofArray(new float[32]);
      assertThatThrownBy(() -> rows.rmsNorm(x, 16, x, 32, 1e-5f, x, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> rows.swiGlu(1, x, 0, x, -1, x, 0, 32))
          .isInstanceOf(IndexOutOfBoundsException.class);
      QuantizedRows out = new QuantizedRows(12, 2, 32, arena);
      assertThatThrownBy(() -> rows.normAndPrepare(x, 0, 32, x, 32, 1e-5f, x, 0, 32, out, 2, 0, 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> rows.swiGluAndPrepare(1, x, x, 0, 32, out, 0, 1, 32, 32))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("values: expected whole blocks within 32, found 32 from 32");
    }
  }
}

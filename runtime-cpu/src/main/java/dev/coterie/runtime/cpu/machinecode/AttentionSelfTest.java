// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Holds the kernels of attention against double precision before they are used. */
final class AttentionSelfTest {
  private static final int TOKENS = 32;

  private final SplittableRandom random = new SplittableRandom(1);

  private AttentionSelfTest() {}

  /** What is wrong with the products of panels or with softmax; null if nothing is. */
  static @Nullable String fault(NativeAttention attention) {
    AttentionSelfTest test = new AttentionSelfTest();
    try (Arena arena = Arena.ofConfined()) {
      for (int rows = 1; rows <= PanelCode.MOST_ROWS; rows++) {
        for (PanelKind kind : PanelKind.values()) {
          String fault = test.panels(attention, kind, rows, arena);
          if (fault != null) {
            return fault;
          }
        }
      }
      return test.softmax(attention, arena);
    }
  }

  private @Nullable String panels(
      NativeAttention attention, PanelKind kind, int rows, Arena arena) {
    int count = kind == PanelKind.QUANTIZED_KEYS ? TOKENS + 2 : 5;
    float[] p = new float[count * TOKENS];
    MemorySegment panel = panel(kind, p, arena);
    float[] x = FloatSelfTest.floats(rows * count, random);
    float[] y = FloatSelfTest.floats(rows * TOKENS, random);
    double[] expected = new double[y.length];
    for (int i = 0; i < y.length; i++) {
      expected[i] = y[i];
      for (int k = 0; k < count; k++) {
        expected[i] += (double) p[k * TOKENS + i % TOKENS] * x[i / TOKENS * count + k];
      }
    }
    MemorySegment inputs = copy(x, arena);
    MemorySegment sums = copy(y, arena);
    CallList calls = new CallList(1);
    calls.add(
        attention.kernels(kind)[rows - 1].address(),
        panel.address(),
        0,
        count,
        inputs.address(),
        0,
        (long) Float.BYTES * count,
        sums.address(),
        0,
        (long) Float.BYTES * TOKENS,
        1,
        1);
    calls.run();
    y = sums.toArray(ValueLayout.JAVA_FLOAT);
    return FloatSelfTest.difference("panel of " + kind + ", " + rows + " rows", expected, y);
  }

  /** Draws the values of a panel, and writes them as machine code reads them. */
  private MemorySegment panel(PanelKind kind, float[] p, Arena arena) {
    int scales = Math.ceilDiv(p.length, TOKENS * TOKENS) * TOKENS;
    MemorySegment panel = arena.allocate((long) Float.BYTES * (scales + p.length), 64);
    for (int i = 0; i < scales; i++) {
      short scale = Float.floatToFloat16((float) random.nextDouble(-0.01, 0.01));
      panel.setAtIndex(ValueLayout.JAVA_SHORT, i, scale);
    }
    for (int i = 0; i < p.length; i++) {
      short half = Float.floatToFloat16((float) random.nextDouble(-3, 3));
      byte code = (byte) random.nextInt(-127, 128);
      int k = i / TOKENS;
      int scale = kind == PanelKind.QUANTIZED_KEYS ? k / TOKENS * TOKENS + i % TOKENS : k;
      switch (kind) {
        case FLOATS -> {
          p[i] = Float.float16ToFloat(half);
          panel.setAtIndex(ValueLayout.JAVA_FLOAT, i, p[i]);
        }
        case HALVES -> {
          p[i] = Float.float16ToFloat(half);
          panel.setAtIndex(ValueLayout.JAVA_SHORT, i, half);
        }
        case QUANTIZED_KEYS, QUANTIZED_VALUES -> {
          p[i] = code * Float.float16ToFloat(panel.getAtIndex(ValueLayout.JAVA_SHORT, scale));
          panel.set(ValueLayout.JAVA_BYTE, (long) Short.BYTES * scales + i, code);
        }
      }
    }
    return panel;
  }

  private @Nullable String softmax(NativeAttention attention, Arena arena) {
    int[] visible = {-1, 0x10001, 0x7ffe, 0};
    int queries = visible.length;
    float scale = 0.5f;
    float mostBefore = 0.25f;
    float totalBefore = 2;
    float[] scores = FloatSelfTest.floats(queries * TOKENS, random);
    float[] state = new float[SoftmaxCode.PAIRS + 2 * queries];
    float[] sums = FloatSelfTest.floats(queries * 16, random);
    state[0] = scale;
    double[] weights = new double[scores.length];
    double[] expectedState = new double[2 * queries];
    double[] expectedSums = new double[sums.length];
    for (int q = 0; q < queries; q++) {
      state[SoftmaxCode.PAIRS + 2 * q] = mostBefore;
      state[SoftmaxCode.PAIRS + 2 * q + 1] = totalBefore;
      double most = mostBefore;
      for (int t = 0; t < TOKENS; t++) {
        double score = (double) scores[q * TOKENS + t] * scale;
        most = (visible[q] >>> t & 1) != 0 ? Math.max(most, score) : most;
      }
      double factor = Math.exp(mostBefore - most);
      double total = totalBefore * factor;
      for (int t = 0; t < TOKENS; t++) {
        double weight = Math.exp((double) scores[q * TOKENS + t] * scale - most);
        weights[q * TOKENS + t] = (visible[q] >>> t & 1) != 0 ? weight : 0;
        total += weights[q * TOKENS + t];
      }
      expectedState[2 * q] = most;
      expectedState[2 * q + 1] = total;
      for (int i = 16 * q; i < 16 * q + 16; i++) {
        expectedSums[i] = sums[i] * factor;
      }
    }
    int row = SoftmaxCode.SCORES;
    MemorySegment given = arena.allocate((long) Float.BYTES * queries * row, 64);
    MemorySegment seen =
        arena.allocate((long) queries * SoftmaxCode.VISIBLE_BYTES + Short.BYTES, 64);
    for (int q = 0; q < queries; q++) {
      MemorySegment.copy(scores, q * TOKENS, given, ValueLayout.JAVA_FLOAT, 4L * q * row, TOKENS);
      seen.set(ValueLayout.JAVA_INT, (long) q * SoftmaxCode.VISIBLE_BYTES, visible[q]);
    }
    MemorySegment kept = copy(state, arena);
    MemorySegment scaled = copy(sums, arena);
    CallList calls = new CallList(1);
    calls.add(
        attention.softmax.address(),
        given.address(),
        seen.address(),
        kept.address(),
        scaled.address(),
        64,
        1,
        queries,
        TOKENS / 16,
        0,
        0,
        0);
    calls.run();
    for (int q = 0; q < queries; q++) {
      MemorySegment.copy(given, ValueLayout.JAVA_FLOAT, 4L * q * row, scores, q * TOKENS, TOKENS);
    }
    state = kept.toArray(ValueLayout.JAVA_FLOAT);
    sums = scaled.toArray(ValueLayout.JAVA_FLOAT);
    float[] found = new float[2 * queries];
    System.arraycopy(state, SoftmaxCode.PAIRS, found, 0, found.length);
    String fault = FloatSelfTest.difference("softmax", weights, scores);
    fault =
        fault != null ? fault : FloatSelfTest.difference("softmax's state", expectedState, found);
    return fault != null ? fault : FloatSelfTest.difference("softmax's sums", expectedSums, sums);
  }

  private static MemorySegment copy(float[] array, Arena arena) {
    MemorySegment copy = arena.allocate((long) Float.BYTES * array.length, 64);
    MemorySegment.copy(array, 0, copy, ValueLayout.JAVA_FLOAT, 0, array.length);
    return copy;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Holds the kernels on float activations against double precision before they are used, and those
 * that do two things against those that do one.
 */
final class FloatSelfTest {
  private static final int TOKENS = 32;
  private static final int WIDTH = 64;

  /** Of float32 sums of some ten values; and of an exponential. */
  private static final double TOLERANCE = 1e-5;

  private final SplittableRandom random = new SplittableRandom(1);

  private FloatSelfTest() {}

  /**
   * What is wrong with norm or SwiGLU, alone or with their rounding to 8 bits; null if nothing is.
   *
   * @param products round as the rows should
   */
  static @Nullable String fault(NativeRows rows, IntegerProducts products) {
    FloatSelfTest test = new FloatSelfTest();
    String fault = test.norm(rows);
    fault = fault != null ? fault : test.swiGlu(rows);
    return fault != null ? fault : test.prepared(rows, products);
  }

  /** What is wrong with the products of panels or with softmax; null if nothing is. */
  static @Nullable String fault(NativeAttention attention) {
    FloatSelfTest test = new FloatSelfTest();
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

  private @Nullable String norm(NativeRows rows) {
    float[] x = floats(WIDTH);
    float[] weight = floats(WIDTH);
    float[] y = new float[WIDTH];
    float epsilon = 0.5f; // so great that it counts
    rows.rmsNorm(segment(x), 0, segment(weight), WIDTH, epsilon, segment(y), 0);
    double squares = 0;
    for (float value : x) {
      squares += (double) value * value;
    }
    double[] expected = new double[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      expected[i] = x[i] * weight[i] / Math.sqrt(squares / WIDTH + epsilon);
    }
    return difference("norm", expected, y);
  }

  private @Nullable String swiGlu(NativeRows rows) {
    float limit = 2;
    float[] gate = floats(WIDTH);
    gate[0] = 100;
    gate[1] = -100;
    float[] up = floats(WIDTH);
    up[2] = 100;
    up[3] = -100;
    float[] out = new float[WIDTH];
    rows.swiGlu(limit, segment(gate), 0, segment(up), 0, segment(out), 0, WIDTH);
    double[] expected = new double[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      double g = Math.min(gate[i], limit);
      expected[i] = g / (1 + Math.exp(-g)) * Math.clamp(up[i], -limit, limit);
    }
    return difference("SwiGLU", expected, out);
  }

  /** What is fused gives the bytes that one kernel after the other gives, over two tiles. */
  private @Nullable String prepared(NativeRows code, IntegerProducts products) {
    int rows = products.tileRows() + 1;
    int stride = WIDTH + 16;
    float epsilon = 0.5f;
    float limit = 2;
    float[] x = floats(rows * stride);
    MemorySegment other = segment(floats(rows * stride));
    try (Arena arena = Arena.ofConfined()) {
      for (boolean norm : new boolean[] {true, false}) {
        MemorySegment expected = segment(x.clone());
        MemorySegment found = segment(x.clone());
        QuantizedRows expectedOut = products.newRows(rows, WIDTH, arena);
        QuantizedRows foundOut = products.newRows(rows, WIDTH, arena);
        for (int row = 0; row < rows; row++) {
          int at = row * stride;
          if (norm) {
            code.rmsNorm(expected, at, other, WIDTH, epsilon, expected, at);
          } else {
            code.swiGlu(limit, expected, at, other, at, expected, at, WIDTH);
          }
          products.quantize(expected, at, expectedOut, 0, rows, row, 0, WIDTH);
        }
        if (norm) {
          code.normAndPrepare(
              found, 0, stride, other, WIDTH, epsilon, found, 0, stride, foundOut, rows, 0, rows);
        } else {
          code.swiGluAndPrepare(limit, found, other, 0, stride, foundOut, 0, rows, 0, WIDTH);
        }
        String what = (norm ? "norm" : "SwiGLU") + " with rounding";
        String fault = mismatch(what + ", values", expected, found);
        fault =
            fault != null ? fault : mismatch(what + ", codes", expectedOut.data(), foundOut.data());
        if (fault != null) {
          return fault;
        }
      }
    }
    return null;
  }

  private @Nullable String panels(
      NativeAttention attention, PanelKind kind, int rows, Arena arena) {
    int count = kind == PanelKind.QUANTIZED_KEYS ? TOKENS + 2 : 5;
    float[] p = new float[count * TOKENS];
    MemorySegment panel = panel(kind, p, arena);
    float[] x = floats(rows * count);
    float[] y = floats(rows * TOKENS);
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
    return difference("panel of " + kind + ", " + rows + " rows", expected, y);
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
    float[] scores = floats(queries * TOKENS);
    float[] state = new float[SoftmaxCode.PAIRS + 2 * queries];
    float[] sums = floats(queries * 16);
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
    String fault = difference("softmax", weights, scores);
    fault = fault != null ? fault : difference("softmax's state", expectedState, found);
    return fault != null ? fault : difference("softmax's sums", expectedSums, sums);
  }

  private static MemorySegment copy(float[] array, Arena arena) {
    MemorySegment copy = arena.allocate((long) Float.BYTES * array.length, 64);
    MemorySegment.copy(array, 0, copy, ValueLayout.JAVA_FLOAT, 0, array.length);
    return copy;
  }

  private static MemorySegment segment(float[] array) {
    return MemorySegment.ofArray(array);
  }

  private float[] floats(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-3, 3);
    }
    return values;
  }

  private static @Nullable String mismatch(
      String what, MemorySegment expected, MemorySegment found) {
    long at = found.mismatch(expected);
    if (at < 0) {
      return null;
    }
    byte wanted = expected.get(ValueLayout.JAVA_BYTE, at);
    byte given = found.get(ValueLayout.JAVA_BYTE, at);
    return what + ", byte " + at + ": expected " + wanted + ", found " + given;
  }

  private static @Nullable String difference(String what, double[] expected, float[] found) {
    for (int i = 0; i < found.length; i++) {
      double limit = TOLERANCE * Math.max(1, Math.abs(expected[i]));
      if (!(Math.abs(found[i] - expected[i]) <= limit)) {
        return String.format(
            Locale.ROOT, "%s, value %d: expected %s, found %s", what, i, expected[i], found[i]);
      }
    }
    return null;
  }
}

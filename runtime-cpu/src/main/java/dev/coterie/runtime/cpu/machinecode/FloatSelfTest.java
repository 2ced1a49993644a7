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

  private @Nullable String norm(NativeRows rows) {
    float[] x = floats(WIDTH, random);
    float[] weight = floats(WIDTH, random);
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
    float[] gate = floats(WIDTH, random);
    gate[0] = 100;
    gate[1] = -100;
    float[] up = floats(WIDTH, random);
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
    float[] x = floats(rows * stride, random);
    MemorySegment other = segment(floats(rows * stride, random));
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

  private static MemorySegment segment(float[] array) {
    return MemorySegment.ofArray(array);
  }

  static float[] floats(int count, SplittableRandom random) {
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

  /** The first value that is too far from what is expected; null if none is. */
  static @Nullable String difference(String what, double[] expected, float[] found) {
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

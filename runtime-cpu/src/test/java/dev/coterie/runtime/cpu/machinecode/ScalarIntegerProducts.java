// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.spi.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What the kernels compute, in plain Java, from tensors as they lie in the file. */
final class ScalarIntegerProducts {
  /** 32 activations. */
  record Block(byte[] codes, float scale, int sum) {}

  private ScalarIntegerProducts() {}

  static Block quantize(float[] x, int from) {
    float greatest = 0;
    for (int i = from; i < from + 32; i++) {
      greatest = Math.max(greatest, Math.abs(x[i]));
    }
    float scale = Math.max(Float.MIN_NORMAL, greatest / 127);
    float inverse = 1 / scale;
    byte[] codes = new byte[32];
    int sum = 0;
    for (int i = 0; i < 32; i++) {
      codes[i] = (byte) Math.rint(x[from + i] * inverse);
      sum += codes[i];
    }
    return new Block(codes, scale, sum);
  }

  /** Adds the products of a Q4_0 or Q8_0 matrix; inputs in runs of 4,096, as kernels are called. */
  static void add(Tensor w, float[] x, int rows, float[] y, int stride) {
    int blocks = w.columns() / 32;
    int blockBytes = w.type().blockBytes();
    for (int row = 0; row < rows; row++) {
      Block[] inputs = new Block[blocks];
      for (int b = 0; b < blocks; b++) {
        inputs[b] = quantize(x, row * w.columns() + 32 * b);
      }
      for (int o = 0; o < w.rows(); o++) {
        for (int from = 0; from < blocks; from += 128) {
          float total = 0;
          for (int b = from; b < Math.min(blocks, from + 128); b++) {
            long at = ((long) o * blocks + b) * blockBytes;
            float d = Float.float16ToFloat(w.data().get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
            float scale = d * inputs[b].scale;
            total = Math.fma(dot(w.data(), at + 2, blockBytes, inputs[b].codes), scale, total);
          }
          y[row * stride + o] += total;
        }
      }
    }
  }

  private static int dot(MemorySegment w, long at, int blockBytes, byte[] x) {
    int sum = 0;
    for (int i = 0; i < 32; i++) {
      int code =
          blockBytes == 34
              ? w.get(ValueLayout.JAVA_BYTE, at + i)
              : (w.get(ValueLayout.JAVA_BYTE, at + i % 16) >> i / 16 * 4 & 15) - 8;
      sum += code * x[i];
    }
    return sum;
  }
}

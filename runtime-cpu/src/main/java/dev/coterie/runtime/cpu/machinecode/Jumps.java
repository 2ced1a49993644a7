// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The jumps of a piece of code. They are put in at the end, when all labels are known: each begins
 * short and grows if its label is too far away, until all fit.
 */
final class Jumps {
  private static final int SHORT = 2;
  private static final int LONG = 5;
  private static final int LONG_CONDITIONAL = 6;

  /** A jump before the byte at {@code position}, counted without jumps. */
  private record Jump(int position, @Nullable Condition condition, Label label) {}

  private final Code code;
  private final List<Jump> jumps = new ArrayList<>();

  Jumps(Code code) {
    this.code = code;
  }

  void bind(Label label) {
    if (label.position >= 0) {
      throw new IllegalStateException("label: expected to be bound once");
    }
    label.position = code.size();
    label.jumps = jumps.size();
  }

  void add(@Nullable Condition condition, Label label) {
    jumps.add(new Jump(code.size(), condition, label));
  }

  /** The code with its jumps. */
  byte[] resolve() {
    int[] sizes = new int[jumps.size()];
    int[] before = new int[jumps.size() + 1]; // bytes of the jumps before each
    Arrays.fill(sizes, SHORT);
    do {
      for (int i = 0; i < sizes.length; i++) {
        before[i + 1] = before[i] + sizes[i];
      }
    } while (grow(sizes, before));
    Code out = new Code();
    int done = 0;
    for (int i = 0; i < sizes.length; i++) {
      Jump jump = jumps.get(i);
      out.put(code, done, jump.position);
      done = jump.position;
      put(out, jump.condition, sizes[i], distance(i, before));
    }
    out.put(code, done, code.size());
    return out.toArray();
  }

  private boolean grow(int[] sizes, int[] before) {
    boolean grown = false;
    for (int i = 0; i < sizes.length; i++) {
      int distance = distance(i, before);
      if (sizes[i] == SHORT && distance != (byte) distance) {
        sizes[i] = jumps.get(i).condition == null ? LONG : LONG_CONDITIONAL;
        grown = true;
      }
    }
    return grown;
  }

  /** From the end of a jump to its label. */
  private int distance(int i, int[] before) {
    Jump jump = jumps.get(i);
    Label label = jump.label;
    if (label.position < 0) {
      throw new IllegalStateException("label: expected to be bound before the code is assembled");
    }
    return label.position + before[label.jumps] - (jump.position + before[i + 1]);
  }

  private static void put(Code out, @Nullable Condition condition, int size, int distance) {
    if (size == SHORT) {
      out.put(condition == null ? 0xeb : 0x70 | condition.ordinal());
      out.put(distance);
      return;
    }
    if (condition == null) {
      out.put(0xe9);
    } else {
      out.put(0x0f);
      out.put(0x80 | condition.ordinal());
    }
    out.putInt(distance);
  }
}

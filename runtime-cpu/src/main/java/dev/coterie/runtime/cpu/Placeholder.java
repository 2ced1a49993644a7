// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Stands here until the first real class arrives. */
public final class Placeholder {
  private Placeholder() {}

  /** The module's directory. */
  public static String name() {
    return "runtime-cpu";
  }

  static float sum(float[] values, int vectorBits) {
    VectorSpecies<Float> species =
        VectorSpecies.of(float.class, VectorShape.forBitSize(vectorBits));
    FloatVector total = FloatVector.zero(species);
    int i = 0;
    for (; i < species.loopBound(values.length); i += species.length()) {
      total = total.add(FloatVector.fromArray(species, values, i));
    }
    float sum = total.reduceLanes(jdk.incubator.vector.VectorOperators.ADD);
    for (; i < values.length; i++) {
      sum += values[i];
    }
    return sum;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.runtime.cpu.machinecode.InstructionSet;
import dev.coterie.runtime.cpu.machinecode.MachineCodeKernels;
import dev.coterie.runtime.cpu.machinecode.Processor;
import dev.coterie.runtime.cpu.scalar.ScalarKernels;
import dev.coterie.runtime.cpu.vector.VectorKernels;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ways in which this backend can compute, fastest first. */
enum Tier {
  /** Machine code, assembled at start-up, beside the best of the others. */
  MACHINECODE {
    @Override
    @Nullable String missing() {
      Processor here = Processor.here();
      return here.best() == InstructionSet.NONE ? here.details() : null;
    }

    @Override
    Kernels kernels(boolean rounds) {
      Tier other = VECTOR.missing() == null ? VECTOR : SCALAR;
      return new MachineCodeKernels(other.kernels(false), rounds);
    }
  },
  /** The Vector API, module {@code jdk.incubator.vector}. */
  VECTOR {
    @Override
    @Nullable String missing() {
      return vectorModuleIsPresent()
          ? null
          : "module jdk.incubator.vector is not resolved; add --add-modules jdk.incubator.vector";
    }

    @Override
    Kernels kernels(boolean rounds) {
      refuse(rounds);
      return new VectorKernels();
    }
  },
  /** Plain loops. */
  SCALAR {
    @Override
    @Nullable String missing() {
      return null;
    }

    @Override
    Kernels kernels(boolean rounds) {
      refuse(rounds);
      return new ScalarKernels();
    }
  };

  /** The system property that forces a tier. */
  static final String PROPERTY = "coterie.cpu.tier";

  private static final Logger LOG = LoggerFactory.getLogger(Tier.class);
  private static final AtomicBoolean WARNED = new AtomicBoolean();

  /** Why the tier cannot be used here, with the cure; null if it can. */
  abstract @Nullable String missing();

  /**
   * The kernels; only for a tier that is not missing.
   *
   * @param rounds whether activations may be rounded to BF16 before BF16 weights
   * @throws IllegalArgumentException if they should be and cannot
   */
  abstract Kernels kernels(boolean rounds);

  void refuse(boolean rounds) {
    if (rounds) {
      throw new IllegalArgumentException(
          "activations 'bf16': expected the machinecode tier, found "
              + label()
              + "; leave the option out");
    }
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The fastest tier that can be used. */
  static Tier best() {
    return Arrays.stream(values())
        .filter(tier -> tier.missing() == null)
        .findFirst()
        .orElse(SCALAR);
  }

  /** As {@link #best()}; says once what would be faster. */
  static Tier bestWithWarning() {
    Tier best = best();
    String missing = VECTOR.missing();
    if (missing != null && WARNED.compareAndSet(false, true)) {
      LOG.warn("cpu: using the {} tier, which could be faster: {}", best.label(), missing);
    }
    return best;
  }

  /**
   * The tier of a name.
   *
   * @throws IllegalArgumentException if there is none or it cannot be used here
   */
  static Tier named(String name) {
    for (Tier tier : values()) {
      if (tier.label().equals(name)) {
        String missing = tier.missing();
        if (missing != null) {
          throw new IllegalArgumentException("cpu tier '" + name + "': " + missing);
        }
        return tier;
      }
    }
    throw new IllegalArgumentException(
        "cpu tier: expected one of "
            + Arrays.stream(values()).map(Tier::label).toList()
            + ", found '"
            + name
            + "'");
  }

  private static boolean vectorModuleIsPresent() {
    ModuleLayer own = Tier.class.getModule().getLayer();
    ModuleLayer layer = own != null ? own : ModuleLayer.boot();
    return layer.findModule("jdk.incubator.vector").isPresent()
        || ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }
}

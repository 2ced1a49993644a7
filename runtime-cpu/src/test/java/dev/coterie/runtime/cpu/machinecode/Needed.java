// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import dev.coterie.testkit.SharedMaterial;
import org.junit.jupiter.api.Assumptions;

/** What some tests need of the machine they run on. */
public final class Needed {
  private Needed() {}

  /** Aborts the test that asks, or fails it where nothing may be missing. */
  static void missing(String message) {
    if ("1".equals(System.getenv(SharedMaterial.REQUIRE_VARIABLE))) {
      throw new AssertionError(message + "; required by " + SharedMaterial.REQUIRE_VARIABLE + "=1");
    }
    Assumptions.abort(message);
  }

  /** A processor that there are kernels for. */
  public static void processor() {
    Processor here = Processor.here();
    if (here.best() == InstructionSet.NONE) {
      missing("no kernels for this processor: " + here.details());
    }
  }
}

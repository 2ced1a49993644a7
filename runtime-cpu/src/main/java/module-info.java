// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
import dev.coterie.runtime.cpu.CpuBackendProvider;
import dev.coterie.spi.BackendProvider;
import org.jspecify.annotations.NullMarked;

/** The CPU backend: plain loops, the Vector API, and machine code assembled at start-up. */
@NullMarked
module dev.coterie.runtime.cpu {
  requires dev.coterie;
  requires dev.coterie.foreign;
  requires jdk.incubator.vector;
  requires jdk.management;
  requires org.slf4j;
  requires static org.jspecify;

  provides BackendProvider with
      CpuBackendProvider;
}

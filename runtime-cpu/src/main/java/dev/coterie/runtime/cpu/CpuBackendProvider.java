// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Availability;
import dev.coterie.spi.BackendProvider;
import java.util.List;

/** Offers the CPU, which is always there. */
public final class CpuBackendProvider implements BackendProvider {
  /** Does nothing. */
  public CpuBackendProvider() {}

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public int spiVersion() {
    return SPI_VERSION;
  }

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public Availability probe() {
    return new Availability.Available(List.of(new CpuDevice()));
  }
}

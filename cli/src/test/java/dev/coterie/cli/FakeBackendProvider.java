// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.spi.Availability;
import dev.coterie.spi.BackendProvider;
import java.util.List;

/** A backend that is never there. */
public final class FakeBackendProvider implements BackendProvider {
  @Override
  public String name() {
    return "abacus";
  }

  @Override
  public int spiVersion() {
    return SPI_VERSION;
  }

  @Override
  public int rank() {
    return -7;
  }

  @Override
  public Availability probe() {
    return new Availability.Unavailable(List.of("beads not found", "frame not found; carve one"));
  }
}

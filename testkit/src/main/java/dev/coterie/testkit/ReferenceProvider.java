// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.DeviceMemory;
import dev.coterie.spi.Availability;
import dev.coterie.spi.Backend;
import dev.coterie.spi.BackendProvider;
import dev.coterie.spi.Device;
import dev.coterie.spi.Operation;
import java.util.List;
import java.util.Map;

/** Offers the {@link ReferenceBackend} under the name {@code reference}, at the lowest rank. */
public class ReferenceProvider implements BackendProvider {
  /** The name of the backend and of its device. */
  public static final String NAME = "reference";

  /** Made by the service loader. */
  public ReferenceProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int spiVersion() {
    return SPI_VERSION;
  }

  @Override
  public int rank() {
    return -1_000;
  }

  @Override
  public Availability probe() {
    return new Availability.Available(List.of(new ReferenceDevice()));
  }

  Backend open(Map<String, String> options) {
    if (!options.isEmpty()) {
      throw new IllegalArgumentException(
          "options: expected none for '" + name() + "', found " + options.keySet());
    }
    return new ReferenceBackend();
  }

  private final class ReferenceDevice implements Device {
    @Override
    public String name() {
      return ReferenceProvider.this.name();
    }

    @Override
    public String description() {
      return "plain loops in double precision, for tests";
    }

    @Override
    public DeviceMemory memory() {
      long heap = Runtime.getRuntime().maxMemory();
      return new DeviceMemory(heap, heap, heap);
    }

    @Override
    public boolean supports(Operation operation) {
      return true;
    }

    @Override
    public Backend open(int threads, Map<String, String> options) {
      return ReferenceProvider.this.open(options);
    }
  }
}

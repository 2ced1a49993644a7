// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import dev.coterie.spi.Availability;
import dev.coterie.spi.Backends;
import java.util.List;

/** What this installation can do. */
public final class Coterie {
  private Coterie() {}

  /**
   * Every backend provider on the class or module path, highest rank first, with its devices or
   * with the reasons why it is not available.
   *
   * @return the providers, unmodifiable; empty if there is none
   */
  public static List<BackendStatus> backends() {
    return Backends.all().stream()
        .map(entry -> new BackendStatus(entry.name(), entry.rank(), describe(entry.availability())))
        .toList();
  }

  private static Status describe(Availability availability) {
    return switch (availability) {
      case Availability.Available(var devices) ->
          new Status(
              true,
              devices.stream().map(device -> device.name() + ": " + device.description()).toList());
      case Availability.Unavailable(var reasons) -> new Status(false, reasons);
    };
  }

  /**
   * A provider and what came of asking it.
   *
   * @param name the backend's name, such as {@code cpu}
   * @param rank the higher, the sooner it is chosen
   * @param status whether it is available, and the details
   */
  public record BackendStatus(String name, int rank, Status status) {}

  /**
   * Whether a backend can be used.
   *
   * @param available whether it can
   * @param details its devices, or the reasons why it cannot
   */
  public record Status(boolean available, List<String> details) {
    /** Copies the list. */
    public Status {
      details = List.copyOf(details);
    }
  }
}

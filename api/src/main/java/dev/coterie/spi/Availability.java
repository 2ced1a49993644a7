// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import java.util.List;

/** Whether a backend can work here. */
public sealed interface Availability {
  /**
   * It can.
   *
   * @param devices what it offers, best first; at least one
   */
  record Available(List<Device> devices) implements Availability {
    /** Copies the list. */
    public Available {
      devices = List.copyOf(devices);
      if (devices.isEmpty()) {
        throw new IllegalArgumentException("devices: expected at least one, found none");
      }
    }
  }

  /**
   * It cannot.
   *
   * @param reasons what is missing and how to get it
   */
  record Unavailable(List<String> reasons) implements Availability {
    /** Copies the list. */
    public Unavailable {
      reasons = List.copyOf(reasons);
    }
  }
}

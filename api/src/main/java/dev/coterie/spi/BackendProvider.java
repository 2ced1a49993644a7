// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

/**
 * Offers a kind of device. Found by {@link java.util.ServiceLoader}; the public constructor without
 * arguments does nothing, so that a provider whose hardware or libraries are missing can still be
 * listed.
 */
public interface BackendProvider {
  /** The version of this package. A provider of another version is listed as unavailable. */
  int SPI_VERSION = 1;

  /**
   * The backend's name, such as {@code cpu}, by which users ask for it.
   *
   * @return the name
   */
  String name();

  /**
   * The {@link #SPI_VERSION} that the provider was compiled against.
   *
   * @return the version
   */
  int spiVersion();

  /**
   * The higher, the sooner it is chosen where the user does not say.
   *
   * @return the rank; 0 for the CPU
   */
  int rank();

  /**
   * Looks whether the backend can work here. Never throws.
   *
   * @return the devices, or the reasons why there is none
   */
  Availability probe();
}

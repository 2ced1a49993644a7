// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import dev.coterie.DeviceMemory;
import java.util.Map;

/** A place where graphs can run. */
public interface Device {
  /**
   * A short name, unique on this machine, such as {@code cpu} or {@code cuda0}.
   *
   * @return the name
   */
  String name();

  /**
   * What it is, for people: the width of its vectors, its memory, its tier.
   *
   * @return a line of text
   */
  String description();

  /**
   * The memory that weights and caches may use, as it is now.
   *
   * @return how much there is, and how much is left
   */
  DeviceMemory memory();

  /**
   * Whether it computes an operation, with that operation's data types and sizes.
   *
   * @param operation the operation
   * @return whether it does
   */
  boolean supports(Operation operation);

  /**
   * Opens the device.
   *
   * @param threads how many host threads to use; 0 leaves it to the backend
   * @param options settings that this backend knows
   * @return the backend; close it
   * @throws IllegalArgumentException if an option is unknown or its value is not
   */
  Backend open(int threads, Map<String, String> options);
}

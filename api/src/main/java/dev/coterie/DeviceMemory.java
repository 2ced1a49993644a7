// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

/**
 * The memory of a device, as it was when somebody asked.
 *
 * @param totalBytes what the device has; of a processor, the machine's memory
 * @param limitBytes what this process may use of it: less than {@code totalBytes} in a container
 *     with a limit of its own, else the same
 * @param availableBytes what could be had now without taking from others; the file cache counts as
 *     available, since it gives way
 */
public record DeviceMemory(long totalBytes, long limitBytes, long availableBytes) {
  /**
   * Checks that the numbers go together.
   *
   * @throws IllegalArgumentException if one is negative or above the one before it
   */
  public DeviceMemory {
    if (availableBytes < 0 || availableBytes > limitBytes || limitBytes > totalBytes) {
      throw new IllegalArgumentException(
          "memory: expected available <= limit <= total, found "
              + availableBytes
              + ", "
              + limitBytes
              + ", "
              + totalBytes);
    }
  }
}

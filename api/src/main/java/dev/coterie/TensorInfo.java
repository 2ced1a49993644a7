// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.List;

/**
 * A tensor of a model file.
 *
 * @param name its name in the file
 * @param type its data type in the file, such as {@code Q4_K}
 * @param shape its dimensions, slowest first: {@code [out, in]} for a matrix
 * @param bytes its size in the file
 */
public record TensorInfo(String name, String type, List<Long> shape, long bytes) {
  /** Copies the shape. */
  public TensorInfo {
    shape = List.copyOf(shape);
  }

  /**
   * The number of elements.
   *
   * @return the product of the shape
   */
  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }
}

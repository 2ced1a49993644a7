// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import java.util.List;

/**
 * A weight of a random model.
 *
 * @param name its name in a GGUF file
 * @param type how it is encoded; F32 for a vector
 * @param shape its dimensions, slowest first; one of them for a vector
 * @param mean the mean of a vector's values; a matrix has 0
 * @param deviation about the standard deviation of its values
 */
record RandomWeight(String name, DataType type, List<Long> shape, double mean, double deviation) {
  static RandomWeight vector(String name, int length, double mean) {
    return new RandomWeight(name, DataType.F32, List.of((long) length), mean, 0.1);
  }

  static RandomWeight matrix(String name, DataType type, int rows, int columns, double deviation) {
    return new RandomWeight(name, type, List.of((long) rows, (long) columns), 0, deviation);
  }

  static RandomWeight stack(String name, DataType type, int count, int rows, int columns) {
    List<Long> shape = List.of((long) count, (long) rows, (long) columns);
    return new RandomWeight(name, type, shape, 0, 1 / Math.sqrt(columns));
  }

  long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  Tensor make(RandomTensors random) {
    int[] sizes = shape.stream().mapToInt(Math::toIntExact).toArray();
    return switch (sizes.length) {
      case 1 -> random.vector(name, sizes[0], mean, deviation);
      case 2 -> random.matrix(name, type, sizes[0], sizes[1], deviation);
      default -> random.stack(name, type, sizes[0], sizes[1], sizes[2], deviation);
    };
  }
}

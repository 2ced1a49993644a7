// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.ModelInfo;
import dev.coterie.TensorInfo;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How a model's weights are encoded.
 *
 * @param shares each data type's share, the one with the most bytes first
 */
record QuantMix(Map<String, Share> shares) {
  /**
   * What is stored in one data type.
   *
   * @param tensors how many tensors
   * @param bytes how large they are together
   */
  record Share(int tensors, long bytes) {
    Share plus(Share other) {
      return new Share(tensors + other.tensors, Math.addExact(bytes, other.bytes));
    }
  }

  static QuantMix of(ModelInfo info) {
    Map<String, Share> found = new LinkedHashMap<>();
    for (TensorInfo tensor : info.tensors()) {
      found.merge(tensor.type(), new Share(1, tensor.bytes()), Share::plus);
    }
    Map<String, Share> sorted = new LinkedHashMap<>();
    found.entrySet().stream()
        .sorted(
            Comparator.comparingLong((Map.Entry<String, Share> entry) -> entry.getValue().bytes())
                .reversed())
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return new QuantMix(sorted);
  }

  /** The type that holds the most bytes; empty if there is no tensor. */
  String dominant() {
    return shares.keySet().stream().findFirst().orElse("");
  }

  /** Such as {@code Q4_1 210 (84.20 MiB), Q8_0 1 (28.69 MiB)}. */
  String describe() {
    return shares.entrySet().stream()
        .map(
            entry ->
                entry.getKey()
                    + " "
                    + entry.getValue().tensors()
                    + " ("
                    + Text.bytes(entry.getValue().bytes())
                    + ")")
        .collect(Collectors.joining(", "));
  }
}

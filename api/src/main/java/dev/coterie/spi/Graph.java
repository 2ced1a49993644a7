// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import java.util.List;

/**
 * What a model computes for each row of a batch: operations in an order in which each one's inputs
 * come before it. The last is the {@link Operation.Logits}.
 *
 * @param operations the operations
 * @param layers how many layers have a key-value cache
 */
public record Graph(List<Operation> operations, int layers) {
  /** Copies the list. */
  public Graph {
    operations = List.copyOf(operations);
  }

  /**
   * The multiply-adds of one row, times two; without attention over past tokens.
   *
   * @return floating-point operations
   */
  public long flops() {
    return operations.stream().mapToLong(Operation::flops).sum();
  }

  /**
   * The weight bytes that one row reads.
   *
   * @return bytes
   */
  public long weightBytes() {
    return operations.stream().mapToLong(Operation::weightBytes).sum();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

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
   * The weight bytes that one row reads, as they lie in the model file.
   *
   * @return bytes
   */
  public long weightBytes() {
    return operations.stream().mapToLong(Operation::weightBytes).sum();
  }

  /**
   * The mixtures of experts, in the order in which {@link Batch#expertCounts} has them.
   *
   * @return the operations; empty for a model without
   */
  public List<Operation.Experts> mixtures() {
    return operations.stream()
        .filter(Operation.Experts.class::isInstance)
        .map(Operation.Experts.class::cast)
        .toList();
  }

  /**
   * The parameters of the model.
   *
   * @return elements of all weights; one that several operations share counts once
   */
  public long parameters() {
    Set<MemorySegment> known = Collections.newSetFromMap(new IdentityHashMap<>());
    return operations.stream()
        .flatMap(operation -> operation.tensors().stream())
        .filter(tensor -> known.add(tensor.data()))
        .mapToLong(Tensor::elements)
        .sum();
  }

  /**
   * The parameters that one row is computed with: of a mixture the chosen experts and what all rows
   * share, of the embedding table the token's row, or all of it where the output projection is the
   * same table.
   *
   * @return elements
   */
  public long activeParameters() {
    Tensor head = operations.getLast() instanceof Operation.Logits logits ? logits.weight() : null;
    long parameters = 0;
    for (Operation operation : operations) {
      boolean tied = operation instanceof Operation.Embed embed && embed.table().equals(head);
      if (!tied) {
        long all = operation.tensors().stream().mapToLong(Tensor::elements).sum();
        parameters += operation.usedByRow(all);
      }
    }
    return parameters;
  }
}

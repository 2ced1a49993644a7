// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where the packed weights of a graph lie, one after another in one piece of memory.
 *
 * @param slots a place for each matrix that operations share
 * @param bytes the whole
 */
record WeightPlan(List<Slot> slots, long bytes) {
  /** The alignment of a matrix. */
  static final long LINE_BYTES = 64;

  /**
   * The place of a matrix.
   *
   * @param tensor what is packed there
   * @param layout how
   * @param offset where it begins
   * @param bytes how long it is
   */
  record Slot(Tensor tensor, Layout layout, long offset, long bytes) {
    PackedMatrix matrix(MemorySegment weights) {
      return new PackedMatrix(
          layout, tensor.rows(), tensor.columns(), weights.asSlice(offset, bytes));
    }
  }

  static WeightPlan of(Graph graph) {
    List<Slot> slots = new ArrayList<>();
    long end = 0;
    for (Tensor tensor : matrices(graph)) {
      long bytes = bytes(tensor);
      slots.add(new Slot(tensor, Packer.layout(tensor), end, bytes));
      end = Math.addExact(end, Math.ceilDiv(bytes, LINE_BYTES) * LINE_BYTES);
    }
    return new WeightPlan(List.copyOf(slots), end);
  }

  /** The size of a matrix in its layout. */
  static long bytes(Tensor tensor) {
    return Math.multiplyExact(
        Math.ceilDiv(tensor.rows(), Layout.GROUP_ROWS),
        PackedMatrix.groupBytes(Packer.layout(tensor), tensor.columns()));
  }

  /** The tensors that are packed, each once. */
  private static List<Tensor> matrices(Graph graph) {
    List<Tensor> tensors = new ArrayList<>();
    for (Operation operation : graph.operations()) {
      switch (operation) {
        case Operation.Linear linear -> tensors.add(linear.weight());
        case Operation.Logits logits -> tensors.add(logits.weight());
        case Operation.MlaAttention attention -> {
          tensors.addAll(attention.keyUp());
          tensors.addAll(attention.valueUp());
        }
        case Operation.HyperWeights hyper -> tensors.add(hyper.function());
        case Operation.HyperHead head -> tensors.add(head.function());
        case Operation.GroupedLinear grouped -> tensors.addAll(grouped.weights());
        case Operation.Experts experts -> {
          tensors.addAll(experts.gate());
          tensors.addAll(experts.up());
          tensors.addAll(experts.down());
        }
        default -> {}
      }
    }
    Map<MemorySegment, Tensor> known = new IdentityHashMap<>();
    return tensors.stream().filter(t -> known.put(t.data(), t) == null).toList();
  }
}

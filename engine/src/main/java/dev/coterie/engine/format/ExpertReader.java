// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.engine.format.Shards.Weight;
import dev.coterie.engine.format.TensorNames.Expert;
import dev.coterie.spi.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds the matrices of experts, however a checkpoint lays them out:
 *
 * <ul>
 *   <li>each by itself;
 *   <li>stacked, with the rows of gate and up one behind the other;
 *   <li>stacked and turned, with the columns of gate and up one behind the other (Llama 4);
 *   <li>stacked and turned, with the columns of gate and up alternating (gpt-oss);
 *   <li>stacked as blocks of 4-bit floats, with the rows of gate and up alternating (gpt-oss as it
 *       is published).
 * </ul>
 */
final class ExpertReader {
  private final WeightReader weights;
  private final TensorNames names;
  private final Matrices matrices;
  private final boolean turned;
  private final boolean alternating;

  ExpertReader(String architecture, WeightReader weights, TensorNames names, Matrices matrices) {
    this.weights = weights;
    this.names = names;
    this.matrices = matrices;
    alternating = architecture.equals("gpt-oss");
    turned = alternating || architecture.equals("llama4");
  }

  /**
   * The matrices of all experts of a layer, {@code [out, in]} each, all of one shape; empty if
   * there are none.
   */
  List<Tensor> matrices(int layer, Expert part) {
    List<Tensor> found = found(layer, part);
    for (Tensor matrix : found) {
      if (!matrix.shape().equals(found.getFirst().shape())) {
        throw weights.misshapen(matrix.name(), found.getFirst().shape(), matrix.shape());
      }
    }
    return found;
  }

  private List<Tensor> found(int layer, Expert part) {
    List<Tensor> found = new ArrayList<>();
    Weight weight = weights.find(names.expert(layer, part, 0));
    while (weight != null) {
      found.add(weights.read(weight));
      weight = weights.find(names.expert(layer, part, found.size()));
    }
    if (!found.isEmpty()) {
      return found;
    }
    String stack = part == Expert.DOWN ? "down_proj" : "gate_up_proj";
    Weight blocks = weights.find(names.stack(layer, stack + "_blocks"));
    if (blocks != null) {
      Weight scales = weights.find(names.stack(layer, stack + "_scales"));
      if (scales == null) {
        throw blocks.entry().fault("expected '" + stack + "_scales' beside it, found none");
      }
      for (int e = 0; e < count(blocks, 4); e++) {
        found.add(half(part, weights.readBlocks(blocks, scales, e), blocks));
      }
      return found;
    }
    weight = weights.find(names.stack(layer, stack));
    for (int e = 0; weight != null && e < count(weight, 3); e++) {
      Tensor matrix = weights.read(weight, e);
      found.add(turned ? turnedHalf(part, matrix, weight) : half(part, matrix, weight));
    }
    return found;
  }

  /** The biases of all experts of a layer, {@code [experts, out]}, or null. */
  @Nullable Tensor biases(int layer, Expert part) {
    String stack = part == Expert.DOWN ? "down_proj" : "gate_up_proj";
    Weight weight = weights.find(names.stack(layer, stack + "_bias"));
    if (weight == null) {
      return null;
    }
    Tensor biases = weights.read(weight);
    if (part == Expert.DOWN) {
      return biases;
    }
    Tensor columns =
        matrices.transposed(
            biases, first(part, biases.columns()), step(), even(biases.columns(), weight));
    return matrices.transposed(columns, 0, 1, columns.columns());
  }

  private Tensor half(Expert part, Tensor matrix, Weight weight) {
    if (part == Expert.DOWN) {
      return matrix;
    }
    long rows = even(matrix.rows(), weight);
    return matrices.rows(matrix, first(part, matrix.rows()), step(), rows);
  }

  private Tensor turnedHalf(Expert part, Tensor matrix, Weight weight) {
    if (matrix.scales() != null || matrix.type().blockSize() != 1) {
      throw weight.entry().fault("expected values without scales, found " + matrix.type());
    }
    if (part == Expert.DOWN) {
      return matrices.transposed(matrix, 0, 1, matrix.columns());
    }
    long columns = even(matrix.columns(), weight);
    return matrices.transposed(matrix, first(part, matrix.columns()), step(), columns);
  }

  /** Where gate or up begins among this many rows. */
  private long first(Expert part, int both) {
    if (part == Expert.GATE) {
      return 0;
    }
    return alternating ? 1 : both / 2;
  }

  private long step() {
    return alternating ? 2 : 1;
  }

  private static long even(int both, Weight weight) {
    if (both % 2 != 0) {
      throw weight.entry().fault("expected as many rows for gate as for up, found " + both);
    }
    return both / 2;
  }

  private static int count(Weight weight, int rank) {
    List<Long> shape = weight.entry().shape();
    if (shape.size() != rank || shape.getFirst() > 1 << 16) {
      throw weight
          .entry()
          .fault(
              String.format(
                  Locale.ROOT, "expected %d dimensions, experts first, found %s", rank, shape));
    }
    return Math.toIntExact(shape.getFirst());
  }
}

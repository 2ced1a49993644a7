// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Graph;
import dev.coterie.spi.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** The weights of a tiny model, made from a seed, under the names that they have in a GGUF file. */
public final class RandomModel {
  private final ModelShape shape;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /**
   * Makes the weights.
   *
   * @param shape the model's sizes
   * @param seed the same seed gives the same weights
   */
  public RandomModel(ModelShape shape, long seed) {
    this.shape = shape;
    RandomTensors random = new RandomTensors(seed);
    for (RandomWeight weight : RandomWeights.of(shape)) {
      tensors.put(weight.name(), weight.make(random));
    }
  }

  /**
   * The model's sizes.
   *
   * @return the shape
   */
  public ModelShape shape() {
    return shape;
  }

  /**
   * The weights by name.
   *
   * @return the tensors, in the order of a file
   */
  public Map<String, Tensor> tensors() {
    return new LinkedHashMap<>(tensors);
  }

  /**
   * What the model computes.
   *
   * @return the graph, as an engine has to build it
   */
  public Graph graph() {
    return new RandomModelGraph(this).build();
  }
}

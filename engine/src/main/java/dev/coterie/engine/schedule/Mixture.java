// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A layer's mixture of experts.
 *
 * @param layer the layer, from 0
 * @param experts how many there are
 * @param used how many each token is sent to
 */
public record Mixture(int layer, int experts, int used) {
  private static final Pattern BLOCK = Pattern.compile("blk\\.([0-9]{1,9})\\.");

  /** The mixtures of a graph, in its order. */
  public static List<Mixture> of(Graph graph) {
    return graph.mixtures().stream().map(Mixture::of).toList();
  }

  private static Mixture of(Operation.Experts operation) {
    Matcher block = BLOCK.matcher(operation.output().name());
    if (!block.lookingAt()) {
      throw new AssertionError("'" + operation.output().name() + "' is in no block");
    }
    return new Mixture(
        Integer.parseInt(block.group(1)), operation.gate().size(), operation.routing().width() / 2);
  }
}

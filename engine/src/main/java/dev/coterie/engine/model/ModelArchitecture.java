// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.model;

import dev.coterie.engine.format.Checkpoint;
import dev.coterie.spi.Graph;
import java.util.Optional;

/** A kind of model: knows its keys and weights, and writes its graph. */
public interface ModelArchitecture {
  /** The name by which files ask for it, such as {@code llama}. */
  String name();

  /**
   * Reads the configuration and writes the graph.
   *
   * @param checkpoint the model file
   * @param vocabularySize the tokenizer's number of ids, which the embedding table must match
   * @throws dev.coterie.ModelFormatException if a key or tensor is missing or wrong
   * @throws dev.coterie.UnsupportedModelException if the file asks for something not supported
   */
  Graph graph(Checkpoint checkpoint, int vocabularySize);

  /**
   * The same with the module that predicts a further token; loaded only when asked for.
   *
   * @param checkpoint the model file
   * @param vocabularySize the tokenizer's number of ids
   * @return the graphs; empty if the file has no such module or the architecture none
   * @throws dev.coterie.ModelFormatException if a key or tensor is missing or wrong
   * @throws dev.coterie.UnsupportedModelException if the file asks for something not supported
   */
  default Optional<MultiTokenPrediction> multiTokenPrediction(
      Checkpoint checkpoint, int vocabularySize) {
    return Optional.empty();
  }
}

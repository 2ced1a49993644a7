// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.module;

import dev.coterie.Chunk;
import dev.coterie.GenerationOptions;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.TokenLogProbability;
import dev.coterie.spi.DataType;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModels;
import dev.coterie.testkit.ReferenceProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A random model in F32, and what every way of running it has to give.
 *
 * @param tokens the greedy tokens of the reference backend
 * @param text the text of the scalar tier, as long as the context
 */
record TinyModel(Path file, List<Integer> tokens, String text) {
  /** Far above what the order of float32 sums can move a log-probability by. */
  private static final double CLEAR = 0.01;

  private static final GenerationOptions OPTIONS =
      GenerationOptions.builder()
          .maxTokens(6)
          .logProbabilities(2)
          .ignoreEndOfSequence(true)
          .build();

  /** Writes the model of the first seed whose tokens are no close calls. */
  static TinyModel write(Path file) throws IOException {
    List<Integer> tokens = List.of();
    for (long seed = 1; tokens.size() < OPTIONS.maxTokens(); seed++) {
      RandomModels.write(file, ModelShape.llama(DataType.F32), seed);
      tokens = clearTokens(file);
    }
    LoadOptions scalar = LoadOptions.builder().backendOptions(Map.of("tier", "scalar")).build();
    try (Model model = Model.load(file, scalar)) {
      return new TinyModel(file, tokens, model.generator().generate("the cat").text());
    }
  }

  private static List<Integer> clearTokens(Path file) throws IOException {
    List<Integer> tokens = new ArrayList<>();
    LoadOptions reference = LoadOptions.builder().backend(ReferenceProvider.NAME).build();
    try (Model model = Model.load(file, reference)) {
      for (Chunk chunk : model.generator().generate("the cat", OPTIONS)) {
        for (TokenLogProbability token : chunk.logProbabilities()) {
          if (token.logProbability() - token.top().get(1).logProbability() < CLEAR) {
            return List.of();
          }
          tokens.add(token.id());
        }
      }
    }
    return List.copyOf(tokens);
  }
}

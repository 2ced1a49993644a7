// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package app;

import dev.coterie.Chunk;
import dev.coterie.GenerationOptions;
import dev.coterie.Model;
import dev.coterie.TokenLogProbability;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Says what computes and which tokens come out; with {@code twice}, for two models at a time. */
public final class Main {
  private static final GenerationOptions OPTIONS =
      GenerationOptions.builder()
          .maxTokens(6)
          .logProbabilities(0)
          .ignoreEndOfSequence(true)
          .build();

  private Main() {}

  public static void main(String[] args) throws Exception {
    try (Model model = Model.load(Path.of(args[0]));
        Model second = args.length > 1 ? Model.load(Path.of(args[0])) : null) {
      System.out.println("device " + model.device());
      System.out.println("tokens " + tokens(model));
      if (second != null) {
        System.out.println("tokens " + tokens(second));
      }
    }
  }

  private static List<Integer> tokens(Model model) {
    List<Integer> tokens = new ArrayList<>();
    for (Chunk chunk : model.generator().generate("the cat", OPTIONS)) {
      for (TokenLogProbability token : chunk.logProbabilities()) {
        tokens.add(token.id());
      }
    }
    return tokens;
  }
}

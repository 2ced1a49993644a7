// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.Model;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Loads a model, answers with one token and ends: what a short-lived program waits for. {@code
 * benchmarks/first-token} measures it from outside, the start of the JVM included.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector -cp benchmarks/target/benchmarks.jar \
 *   dev.coterie.benchmark.FirstToken MODEL.gguf "The capital of France is Paris, and the capital"
 * </pre>
 */
public final class FirstToken {
  private FirstToken() {}

  /**
   * Runs once.
   *
   * @param args the model's path and the prompt
   * @throws IOException if the model cannot be read
   */
  public static void main(String[] args) throws IOException {
    long start = System.nanoTime();
    try (Model model = Model.load(Path.of(args[0]))) {
      long loaded = System.nanoTime();
      GenerationResult result =
          model
              .generator()
              .generate(args[1], GenerationOptions.builder().maxTokens(1).build())
              .result()
              .toCompletableFuture()
              .join();
      long done = System.nanoTime();
      System.out.println(
          result.text()
              + " | load "
              + (loaded - start) / 1_000_000
              + " ms, first token "
              + (done - loaded) / 1_000_000
              + " ms, "
              + result.promptTokens()
              + " tokens");
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.engine.tokenizer.StreamingDecoder;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** A loop over a {@link ToyExecutable}, with a {@link ToyTokenizer}. */
final class ToyModel implements AutoCloseable {
  final ToyTokenizer tokenizer = new ToyTokenizer(OptionalInt.empty());
  final ToyExecutable executable;
  final LoopSettings settings;
  final StepLoop loop;

  ToyModel(int contextLength, int maxRows, int maxSequences, int cacheBlocks) {
    executable = new ToyExecutable(maxRows, cacheBlocks);
    settings =
        new LoopSettings(
            contextLength,
            maxRows,
            maxSequences,
            cacheBlocks,
            ToyExecutable.VOCABULARY,
            ToyExecutable.WIDTH,
            tokenizer.endOfGeneration(),
            List.of());
    loop = StepLoop.start(executable, settings);
  }

  static ToyModel roomy() {
    return new ToyModel(256, 64, 16, 64);
  }

  /** Options that generate so many tokens, whatever they are. */
  static GenerationOptions.Builder tokens(int maxTokens) {
    return GenerationOptions.builder().maxTokens(maxTokens).ignoreEndOfSequence(true);
  }

  static int[] prompt(int length) {
    int[] prompt = new int[length];
    Arrays.setAll(prompt, i -> i * 7 % ToyExecutable.VOCABULARY);
    return prompt;
  }

  Generation generate(GenerationOptions options, int... prompt) {
    return loop.generate(prompt, options, () -> Reading.plain(new StreamingDecoder(tokenizer)));
  }

  /** The tokens that the request gives when nothing else goes on. */
  List<Integer> alone(GenerationOptions options, int... prompt) {
    return ToyExecutable.alone(
        prompt,
        options,
        options.ignoreEndOfSequence() ? Set.of() : settings.endOfGeneration(),
        settings.contextLength());
  }

  String text(List<Integer> tokens) {
    return tokenizer.decode(tokens.stream().mapToInt(Integer::intValue).toArray());
  }

  int freeBlocks() {
    return loop.availableBlocks();
  }

  /** Throws anything. */
  @SuppressWarnings("unchecked")
  static <E extends Throwable> void raise(Throwable e) throws E {
    throw (E) e;
  }

  @Override
  public void close() {
    loop.close();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A loop over a {@link ToyExecutable}; token 5 reads {@code "f"}, token 60 ends an answer. */
final class ToyModel implements AutoCloseable {
  static final int END = ToyExecutable.VOCABULARY - 1;

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
            Set.of(END),
            LetterDecoder::new);
    loop = StepLoop.start(executable, settings);
  }

  static ToyModel roomy() {
    return new ToyModel(256, 64, 16, 64);
  }

  Generation generate(GenerationOptions options, int... prompt) {
    return loop.generate(prompt, options);
  }

  List<Integer> alone(GenerationOptions options, int... prompt) {
    return ToyExecutable.alone(
        prompt,
        options,
        options.ignoreEndOfSequence() ? Set.of() : settings.endOfGeneration(),
        settings.contextLength());
  }

  static GenerationOptions.Builder tokens(int maxTokens) {
    return GenerationOptions.builder().maxTokens(maxTokens).ignoreEndOfSequence(true);
  }

  static String text(List<Integer> tokens) {
    StringBuilder text = new StringBuilder();
    tokens.forEach(id -> text.append(LetterDecoder.letter(id)));
    return text.toString();
  }

  static int[] prompt(int length) {
    int[] prompt = new int[length];
    Arrays.setAll(prompt, i -> i * 7 % ToyExecutable.VOCABULARY);
    return prompt;
  }

  static List<Integer> tokensOf(Generation generation) {
    GenerationResult result = generation.await();
    return result.tokens();
  }

  @Override
  public void close() {
    loop.close();
  }

  /** One letter a token. */
  static final class LetterDecoder implements TextDecoder {
    static char letter(int id) {
      return (char) (id < 26 ? 'a' + id : 'A' + id - 26);
    }

    @Override
    public String append(int id) {
      return String.valueOf(letter(id));
    }

    @Override
    public String flush() {
      return "";
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import dev.coterie.CacheType;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Backends;
import dev.coterie.testkit.Perplexity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Loads models and reads what they compute, through the public API. */
final class Models {
  private Models() {}

  /** Float32 keys and values, on one tier of the CPU. */
  static LoadOptions.Builder tier(String tier) {
    return LoadOptions.builder()
        .cacheType(CacheType.F32)
        .backend("cpu")
        .backendOptions(Map.of("tier", tier));
  }

  static Model load(Path path, LoadOptions.Builder options) {
    try {
      return Model.load(path, options.build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The logits of every position, {@code [tokens, vocabulary]}. */
  static float[][] score(Model model, int[] tokens, int chunk) {
    float[][] rows = new float[tokens.length][];
    model.score(
        tokens,
        chunk,
        (position, logits) -> {
          rows[position] = new float[logits.remaining()];
          logits.get(rows[position]);
        });
    return rows;
  }

  /** Natural logarithms of the probabilities that a row of logits gives, {@code [vocabulary]}. */
  static double[] logProbabilities(float[] logits) {
    double logSumExp = Perplexity.logSumExp(logits);
    return IntStream.range(0, logits.length).mapToDouble(i -> logits[i] - logSumExp).toArray();
  }

  /** The ids of the greatest logits, greatest first. */
  static List<Integer> top(float[] logits, int count) {
    return IntStream.range(0, logits.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -logits[i]))
        .limit(count)
        .toList();
  }

  static int[] join(List<Integer> left, List<Integer> right) {
    List<Integer> all = new ArrayList<>(left);
    all.addAll(right);
    return all.stream().mapToInt(i -> i).toArray();
  }

  static List<Integer> list(int... ids) {
    return IntStream.of(ids).boxed().toList();
  }

  /** Whether this machine has a tier. */
  static boolean isAvailable(String tier) {
    try (Backend backend = Backends.choose("cpu").open(1, Map.of("tier", tier))) {
      return backend.description().contains(tier);
    } catch (IllegalArgumentException e) { // it says what is missing
      return false;
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.CacheType;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Backends;
import dev.coterie.testkit.Perplexity;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;

/** Loads models and reads what they compute, through the public API. */
final class Models {
  private Models() {}

  /** Float32 keys and values, on one tier of the CPU. */
  /**
   * Options for a tier. Machine code needs a processor that there is some for: without it the test
   * is aborted, or fails where nothing may be missing.
   */
  static LoadOptions.Builder tier(String tier) {
    if (tier.equals("machinecode") && !hasMachineCode()) {
      String message = "no machine code for this processor";
      assertThat(System.getenv(SharedMaterial.REQUIRE_VARIABLE)).as(message).isNotEqualTo("1");
      Assumptions.abort(message);
    }
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

  static boolean hasMachineCode() {
    try (Backend backend = Backends.choose("cpu").open(1, Map.of("tier", "machinecode"))) {
      return backend.description().contains("machinecode");
    } catch (IllegalArgumentException e) { // it says what is missing
      return false;
    }
  }
}

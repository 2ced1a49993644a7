// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.CacheType;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.spi.DataType;
import dev.coterie.testkit.Accuracy;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModels;
import dev.coterie.testkit.Tolerances;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random models of every type: both tiers against double precision, through a load. */
class RandomModelTest {
  private static final int TOKENS = 70;

  @TempDir Path directory;

  private static float[][] score(Path file, LoadOptions.Builder options, int chunk) {
    int[] tokens = IntStream.range(0, TOKENS).map(i -> (i * i + 7 * i) % 320).toArray();
    try (Model model = Models.load(file, options.threads(1))) {
      return Models.score(model, tokens, chunk);
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"F8_E4M3", "F8_E8M0", "F4_E2M1"}) // GGUF files have none of them
  void everyTypeGivesWhatTheReferenceGives(DataType type) {
    for (ModelShape shape : new ModelShape[] {ModelShape.llama(type), ModelShape.qwen2(type)}) {
      Path file = RandomModels.write(directory.resolve(shape.architecture()), shape, 42);
      LoadOptions.Builder reference =
          LoadOptions.builder().backend("reference").cacheType(CacheType.F32);
      float[][] expected = score(file, reference, TOKENS);
      for (String tier : new String[] {"scalar", "vector"}) {
        for (int chunk : new int[] {TOKENS, 1}) {
          float[][] found = score(file, Models.tier(tier), chunk);
          String what = shape.architecture() + " " + type + " " + tier + " by " + chunk;
          Accuracy.assertNmse(what, expected, found, Tolerances.MODEL_NMSE);
        }
      }
    }
  }

  /** With experts and latent attention; Mixtral has no golden vectors. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "Q8_0", "MXFP4"})
  void mixturesGiveWhatTheReferenceGives(DataType type) {
    ModelShape[] shapes = {
      ModelShape.mixtral(type),
      ModelShape.qwen3moe(type),
      ModelShape.deepseekLite(type),
      ModelShape.deepseek(type)
    };
    for (int i = 0; i < shapes.length; i++) {
      Path file = RandomModels.write(directory.resolve("model" + i + ".gguf"), shapes[i], 42);
      LoadOptions.Builder reference =
          LoadOptions.builder().backend("reference").cacheType(CacheType.F32);
      float[][] expected = score(file, reference, TOKENS);
      for (String tier : new String[] {"scalar", "vector"}) {
        for (int chunk : new int[] {TOKENS, 1}) {
          float[][] found = score(file, Models.tier(tier), chunk);
          String what =
              shapes[i].architecture() + " " + i + " " + type + " " + tier + " by " + chunk;
          Accuracy.assertNmse(what, expected, found, Tolerances.MODEL_NMSE);
        }
      }
    }
  }

  /** Rounded keys and values move the logits, but little. */
  @ParameterizedTest
  @EnumSource(CacheType.class)
  void everyCacheTypeStaysNearFloat32(CacheType cacheType) {
    Path file = RandomModels.write(directory.resolve("model"), ModelShape.llama(DataType.Q8_0), 42);
    float[][] expected = score(file, Models.tier("scalar"), TOKENS);
    double limit =
        switch (cacheType) {
          case F32 -> Tolerances.MODEL_NMSE;
          case F16 -> Tolerances.ATTENTION_F16_CACHE_NMSE;
          case Q8_0 -> Tolerances.ATTENTION_Q8_0_CACHE_NMSE;
        };
    for (String tier : new String[] {"scalar", "vector"}) {
      float[][] found = score(file, Models.tier(tier).cacheType(cacheType), 7);
      Accuracy.assertNmse(cacheType + " " + tier, expected, found, limit);
      if (cacheType != CacheType.F32) {
        assertThat(Accuracy.maxDifference(expected, found)).isPositive();
      }
    }
  }
}

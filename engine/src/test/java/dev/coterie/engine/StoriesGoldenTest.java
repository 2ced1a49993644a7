// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.CacheType;
import dev.coterie.FinishReason;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.Prompt;
import dev.coterie.testkit.Json;
import dev.coterie.testkit.SharedMaterial;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real model of 1 MB whose greedy text its author has published. */
class StoriesGoldenTest {
  static final String MODEL = "material/weights/stories260K/stories260K-f32.gguf";

  private final Map<String, Object> golden =
      Json.parseObject(SharedMaterial.require("material/weights/stories260K/golden_greedy.json"));
  private final int[] prompt = Json.ints(golden.get("prompt_ids"));
  private final String text = Json.string(golden.get("greedy_text"));

  /** The file's answer begins with the prompt. */
  private final List<Integer> tokens =
      Models.list(Json.ints(golden.get("greedy_ids"))).subList(prompt.length, 257);

  @ParameterizedTest
  @CsvSource({"scalar, F32", "scalar, F16", "vector, F32", "vector, F16"})
  void greedyTextIsThePublishedOne(String tier, CacheType cacheType) {
    GenerationOptions options = GenerationOptions.builder().maxTokens(tokens.size()).build();
    LoadOptions.Builder load = Models.tier(tier).cacheType(cacheType);
    try (Model model = Models.load(SharedMaterial.require(MODEL), load)) {
      Generation generation = model.generator().generate(new Prompt.Tokens(prompt), options);
      GenerationResult result = generation.await();
      assertThat(result.tokens()).isEqualTo(tokens);
      assertThat(result.text()).isEqualTo(text);
      assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(result.promptTokens()).isEqualTo(1);
      assertThat(result.completionTokens()).isEqualTo(256);
    }
  }

  /** The smallest program there is: everything left to the library. */
  @Test
  void loadsAndTalksWithoutAnyOption() throws Exception {
    try (Model model = Model.load(SharedMaterial.require(MODEL))) {
      assertThat(model.generator().generate("").text()).startsWith(text.substring(0, 400));
      assertThat(model.generator().generate("Once upon a time, there was a little").text())
          .startsWith(" girl named Lily. She loved to play outside in the park.");
    }
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prompts and what a real model answers to them in exact arithmetic. */
public final class GoldenPrompts {
  /** The golden answers of the small real model in the shared material. */
  public static final String SMOLLM2 = "material/weights/SmolLM2-135M-Instruct.Q4_1.golden.json";

  private GoldenPrompts() {}

  /**
   * A prompt and its answer.
   *
   * @param text the prompt
   * @param tokens its token ids
   * @param answerTokens the ids that greedy decoding gives
   * @param answer their text
   * @param steps the most probable tokens at each step of the answer
   */
  public record Prompt(
      String text,
      List<Integer> tokens,
      List<Integer> answerTokens,
      String answer,
      List<GoldenModel.Step> steps) {
    /** Copies the lists. */
    public Prompt {
      tokens = List.copyOf(tokens);
      answerTokens = List.copyOf(answerTokens);
      steps = List.copyOf(steps);
    }
  }

  /**
   * Reads the prompts; aborts the test where the shared material is missing.
   *
   * @param relative the file's path within the shared material, such as {@link #SMOLLM2}
   * @return the prompts
   */
  public static List<Prompt> load(String relative) {
    List<Prompt> prompts = new ArrayList<>();
    Path file = SharedMaterial.require(relative);
    for (Object value : Json.array(Json.parseObject(file).get("prompts"))) {
      Map<String, @Nullable Object> prompt = Json.object(value);
      List<GoldenModel.Step> steps = new ArrayList<>();
      for (Object step : Json.array(prompt.get("top5"))) {
        steps.add(GoldenModel.Step.of(Json.array(step).get(0), Json.array(step).get(1)));
      }
      prompts.add(
          new Prompt(
              Json.string(prompt.get("prompt")),
              list(prompt.get("prompt_tokens")),
              list(prompt.get("greedy")),
              Json.string(prompt.get("text")),
              steps));
    }
    return prompts;
  }

  /**
   * The model file that golden prompts belong to; aborts the test where it is missing.
   *
   * @param relative the path of the prompts within the shared material
   * @return the file, beside the prompts
   */
  public static Path model(String relative) {
    String name = Json.string(Json.parseObject(SharedMaterial.require(relative)).get("file"));
    return SharedMaterial.require(relative.substring(0, relative.lastIndexOf('/') + 1) + name);
  }

  private static List<Integer> list(@Nullable Object ids) {
    return Arrays.stream(Json.ints(ids)).boxed().toList();
  }
}

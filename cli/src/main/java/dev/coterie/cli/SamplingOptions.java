// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.GenerationOptions;
import dev.coterie.Thinking;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How {@code run} and {@code chat} choose tokens. */
final class SamplingOptions {
  @Option(
      names = {"-n", "--max-tokens"},
      paramLabel = "N",
      description = "Most tokens of an answer. Default: 512.")
  int maxTokens = GenerationOptions.DEFAULT.maxTokens();

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "0, the default, takes the likeliest token each time.")
  double temperature = GenerationOptions.DEFAULT.temperature();

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Draw from the K likeliest tokens. Default: all.")
  int topK = GenerationOptions.DEFAULT.topK();

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Draw from the likeliest tokens that reach this probability. Default: 1.")
  double topP = GenerationOptions.DEFAULT.topP();

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Draw from tokens at least this share as likely as the best. Default: 0.")
  double minP = GenerationOptions.DEFAULT.minP();

  @Option(
      names = "--repeat-penalty",
      paramLabel = "R",
      description = "Above 1 makes repetition less likely. Default: 1.")
  double repeatPenalty = GenerationOptions.DEFAULT.repetitionPenalty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Fixes the draw. Default: another one each time.")
  @Nullable Long seed;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End the answer before this text. May be given several times.")
  List<String> stop = new ArrayList<>();

  @Option(
      names = "--think",
      paramLabel = "MODE",
      description =
          "Whether the model thinks first: on, off, low, medium or high. Default: its template's.")
  @Nullable String think;

  @Option(
      names = "--think-budget",
      paramLabel = "N",
      description = "Most tokens of thought; then the answer follows. Default: no limit.")
  int thinkBudget = Thinking.DEFAULT.maxTokens();

  private Thinking thinking() {
    if (think == null) {
      return Thinking.DEFAULT.withBudget(thinkBudget);
    }
    for (Thinking.Mode mode : Thinking.Mode.values()) {
      if (mode != Thinking.Mode.DEFAULT && mode.name().equalsIgnoreCase(think)) {
        return Thinking.of(mode).withBudget(thinkBudget);
      }
    }
    throw CommandException.usage(
        "--think: expected on, off, low, medium or high, found '" + think + "'");
  }

  /**
   * The options as the library wants them.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  GenerationOptions options() {
    return GenerationOptions.builder()
        .maxTokens(maxTokens)
        .temperature(temperature)
        .topK(topK)
        .topP(topP)
        .minP(minP)
        .repetitionPenalty(repeatPenalty)
        .seed(seed)
        .stop(stop)
        .thinking(thinking())
        .build();
  }
}

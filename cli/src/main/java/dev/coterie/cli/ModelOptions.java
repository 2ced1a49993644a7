// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.LoadOptions;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that loads a model. */
final class ModelOptions {
  @Option(
      names = "--tier",
      paramLabel = "T",
      description = "Kernels of the CPU: scalar or vector. Default: the fastest that works here.")
  @Nullable String tier;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Computing threads. Default: one a processor.")
  int threads;

  @Option(
      names = {"-c", "--context"},
      paramLabel = "N",
      description = "Most tokens of prompt and answer together. Default: the model's own.")
  int context;

  @Option(
      names = {"-v", "--verbose"},
      description = "Tell on standard error what was chosen and how long it took.")
  boolean verbose;

  /** A builder with these options. */
  LoadOptions.Builder builder() {
    LoadOptions.Builder builder = LoadOptions.builder().threads(threads).contextLength(context);
    if (tier != null) {
      builder.backendOptions(Map.of("tier", tier));
    }
    return builder;
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.CacheType;
import dev.coterie.LoadOptions;
import dev.coterie.LoraAdapter;
import dev.coterie.RepackCache;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that loads a model. */
final class ModelOptions {
  @Option(
      names = "--tier",
      paramLabel = "T",
      description =
          "Kernels of the CPU: machinecode, vector or scalar. Default: the fastest that works"
              + " here.")
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
      names = "--cache-type",
      paramLabel = "T",
      description = "How keys and values are kept: F32, F16 or Q8_0. Default: F16, of score F32.")
  @Nullable CacheType cacheType;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description =
          "The most memory that the model may take, such as 6G. Default: what this machine or"
              + " container has.")
  @Nullable String memory;

  @Option(
      names = "--lora",
      paramLabel = "PATH[=SCALE]",
      description = "Apply a LoRA adapter: a folder or GGUF file. May be given several times.")
  List<String> lora = new ArrayList<>();

  @Option(
      names = "--no-repack-cache",
      description = "Neither take nor keep repacked weights: nothing is written to disk.")
  boolean noRepackCache;

  @Option(
      names = "--verify-repack-cache",
      description =
          "Compare kept weights with the model in full, and make them anew if they differ.")
  boolean verifyRepackCache;

  @Option(
      names = {"-v", "--verbose"},
      description = "Tell on standard error what was chosen and how long it took.")
  boolean verbose;

  /** A builder with these options. */
  LoadOptions.Builder builder() {
    LoadOptions.Builder builder =
        LoadOptions.builder()
            .threads(threads)
            .contextLength(context)
            .memoryBudget(memory == null ? 0 : Text.size("--memory", memory))
            .adapters(lora.stream().map(ModelOptions::adapter).toList())
            .repackCache(repackCache());
    if (cacheType != null) {
      builder.cacheType(cacheType);
    }
    if (tier != null) {
      builder.backendOptions(Map.of("tier", tier));
    }
    return builder;
  }

  private RepackCache repackCache() {
    if (noRepackCache) {
      return RepackCache.NONE;
    }
    return verifyRepackCache ? RepackCache.STANDARD.verified() : RepackCache.STANDARD;
  }

  /** What stands behind the last {@code =} is the scale, so that a path may have others. */
  private static LoraAdapter adapter(String text) {
    int end = text.lastIndexOf('=');
    String path = end < 0 ? text : text.substring(0, end);
    try {
      float scale = end < 0 ? 1 : Float.parseFloat(text.substring(end + 1));
      if (!path.isEmpty() && Float.isFinite(scale)) {
        return new LoraAdapter(Path.of(path), scale);
      }
    } catch (NumberFormatException e) {
      // the message below is about this too
    }
    throw CommandException.usage(
        "--lora: expected PATH or PATH=SCALE with a finite number, found '" + text + "'");
  }
}

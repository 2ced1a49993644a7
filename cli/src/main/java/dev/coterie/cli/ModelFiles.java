// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.cli.hub.HubReference;
import dev.coterie.cli.hub.ModelStore;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Finds and loads the model that the command line names. */
final class ModelFiles {
  private ModelFiles() {}

  /**
   * The file of a model.
   *
   * @param console whose environment says where pulled models are kept
   * @param model a path, or a reference such as {@code hf:owner/repo:Q4_K_M}
   * @throws IOException if a reference names a model that was not pulled
   */
  static Path resolve(Console console, String model) throws IOException {
    return HubReference.isReference(model)
        ? ModelStore.of(console.environment()).find(HubReference.parse(model))
        : Path.of(model);
  }

  /**
   * The file of a model that an option names.
   *
   * @throws CommandException if the option was not given
   */
  static Path require(Console console, @Nullable String model) throws IOException {
    if (model == null) {
      throw CommandException.usage(
          "a model path is needed: --model FILE.gguf (or --model hf:owner/repo after coterie pull)");
    }
    return resolve(console, model);
  }

  /**
   * Loads a model, with a progress bar if that takes long and somebody watches.
   *
   * @param console where the bar appears
   * @param path the model's file
   * @param options the command's options
   * @param load how to load
   * @param quiet whether the bar stays away
   */
  static Model load(
      Console console, Path path, ModelOptions options, LoadOptions.Builder load, boolean quiet)
      throws IOException {
    if (options.verbose) {
      // Read by slf4j-simple when the engine asks for its first logger, which is now.
      System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "info");
    }
    try (ProgressDisplay display = ProgressDisplay.ofPercent(console, quiet)) {
      return Model.load(
          path,
          load.listener((phase, done) -> display.update(phase, Math.round(done * 100), 100))
              .build());
    }
  }
}

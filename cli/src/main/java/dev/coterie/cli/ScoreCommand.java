// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.CacheType;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the logits of every position of a token sequence, for comparison with a reference. */
@Command(
    name = "score",
    description =
        "Write the logits of every position as float32, little-endian, one row a position.")
final class ScoreCommand extends CoterieCommand {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description =
          "GGUF file, folder with safetensors files, or hf:owner/repo[:quant] of a pulled model.")
  String model = "";

  @Option(
      names = "--tokens",
      required = true,
      paramLabel = "IDS.json",
      description = "JSON array of token ids, or an object with the field 'tokens'.")
  Path tokens = Path.of("");

  @Option(
      names = "--logits",
      required = true,
      paramLabel = "OUT.f32",
      description = "The file to write. It appears when it is complete.")
  Path logits = Path.of("");

  @Option(
      names = "--chunk",
      paramLabel = "N",
      description = "Tokens in one step. Default: ${DEFAULT-VALUE}.")
  int chunk = LoadOptions.DEFAULT.maxBatchTokens();

  @Mixin ModelOptions modelOptions = new ModelOptions();

  ScoreCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    LoadOptions.Builder load = modelOptions.builder();
    if (modelOptions.cacheType == null) {
      load.cacheType(CacheType.F32);
    }
    if (chunk < 1) {
      throw CommandException.usage("--chunk: expected at least 1, found " + chunk);
    }
    if (chunk > LoadOptions.DEFAULT.maxBatchTokens()) {
      load.maxBatchTokens(chunk);
    }
    Path path = ModelFiles.resolve(console, model);
    int[] ids = TokenIds.read(tokens);
    if (ids.length == 0) {
      throw CommandException.failure(tokens + ": expected at least one token id, found none");
    }
    Thread scoring = Thread.currentThread();
    try (var _ = console.interrupts().during(scoring::interrupt);
        Model loaded = ModelFiles.load(console, path, modelOptions, load, false);
        LogitsFile out = LogitsFile.create(logits);
        ProgressDisplay display = ProgressDisplay.ofPercent(console, false)) {
      loaded.score(
          ids,
          chunk,
          (position, row) -> {
            out.write(row);
            display.update("score", (position + 1) * 100L / ids.length, 100);
          });
      out.commit();
    }
    return ExitCodes.OK;
  }
}

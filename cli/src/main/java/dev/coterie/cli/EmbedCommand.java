// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.Pooling;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Turns texts into vectors. */
@Command(
    name = "embed",
    description = "Turn JSON strings, one a line, into vectors: JSON arrays of numbers.")
final class EmbedCommand extends CoterieCommand {
  private static final int BATCH = 64;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description =
          "GGUF file, folder with safetensors files, or hf:owner/repo[:quant] of a pulled model.")
  String model = "";

  @Option(
      names = "--pooling",
      paramLabel = "P",
      description = "MEAN of all tokens or the LAST one. Default: ${DEFAULT-VALUE}.")
  Pooling pooling = Pooling.MEAN;

  @Option(names = "--no-normalize", description = "Leave the vectors at the length they have.")
  boolean unnormalized;

  @Mixin ModelOptions modelOptions = new ModelOptions();

  EmbedCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    Path path = ModelFiles.resolve(console, model);
    LoadOptions.Builder load = modelOptions.builder().embeddings(true);
    BufferedReader lines = JsonLines.open(console.in());
    try (Model loaded = ModelFiles.load(console, path, modelOptions, load, false)) {
      List<String> texts = new ArrayList<>();
      for (int number = 1; ; number++) {
        @Nullable String line = JsonLines.read(lines, number);
        if (line != null && !line.isBlank()) {
          texts.add(JsonLines.convert(line, number, EmbedCommand::text));
        }
        if (!texts.isEmpty() && (line == null || texts.size() == BATCH || !lines.ready())) {
          embed(loaded, texts);
          texts.clear();
        }
        if (line == null) {
          return ExitCodes.OK;
        }
      }
    }
  }

  private static String text(JsonParser parser) throws IOException {
    JsonToken token = parser.nextToken();
    if (token != JsonToken.VALUE_STRING) {
      throw CommandException.failure("expected a JSON string, found " + TokenIds.name(token));
    }
    return parser.getText();
  }

  private void embed(Model loaded, List<String> texts) throws IOException {
    Thread embedding = Thread.currentThread();
    List<float[]> vectors;
    try (var _ = console.interrupts().during(embedding::interrupt)) {
      vectors = loaded.embed(texts, pooling, !unnormalized);
    }
    write(vectors);
  }

  private void write(List<float[]> vectors) throws IOException {
    for (float[] vector : vectors) {
      console
          .out()
          .println(
              Json.line(
                  json -> {
                    json.writeStartArray();
                    for (float value : vector) {
                      json.writeNumber(value);
                    }
                    json.writeEndArray();
                  }));
    }
    console.out().flush();
  }
}

// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import dev.coterie.ChatTemplate;
import dev.coterie.Conversion;
import dev.coterie.ConvertOptions;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.ModelInfo;
import dev.coterie.ModelPlan;
import dev.coterie.Tokenizer;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.chat.ChatFormat;
import dev.coterie.engine.chat.ChatFormats;
import dev.coterie.engine.convert.Converter;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.format.Checkpoints;
import dev.coterie.engine.tokenizer.Tokenizers;
import dev.coterie.spi.ModelProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;

/**
 * Reads GGUF files, safetensors files with what lies beside them, folders of these, and the
 * tokenizer of a {@code tokenizer.json} or {@code tokenizer.model}.
 */
public final class LocalModelProvider implements ModelProvider {
  private static final String TEMPLATE = ".jinja";
  private static final byte[] MAGIC = {'G', 'G', 'U', 'F'};

  /** Does nothing. */
  public LocalModelProvider() {}

  @Override
  public boolean accepts(Path path) {
    String name = String.valueOf(path.getFileName());
    if (name.endsWith(".gguf")
        || name.endsWith(TEMPLATE)
        || name.endsWith(".json")
        || Tokenizers.isSentencePiece(path)
        || Checkpoints.isSafetensors(path)
        || !Files.isRegularFile(path)) {
      return true;
    }
    try (InputStream in = Files.newInputStream(path)) {
      return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
    } catch (IOException e) {
      return true; // opening it will say why
    }
  }

  @Override
  public Model load(Path path, LoadOptions options) throws IOException {
    return LocalModel.load(path, options);
  }

  @Override
  public ModelInfo inspect(Path path) throws IOException {
    try (Checkpoint checkpoint = Checkpoints.open(path)) {
      return checkpoint.info();
    }
  }

  @Override
  public ModelPlan plan(Path path, LoadOptions options) throws IOException {
    return Planning.plan(path, options);
  }

  @Override
  public Tokenizer loadTokenizer(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return Tokenizers.read(Tokenizers.in(path));
    }
    if (Checkpoints.isSafetensors(path)) {
      return Tokenizers.read(Tokenizers.in(path.resolveSibling("")));
    }
    if (String.valueOf(path.getFileName()).endsWith(".json") || Tokenizers.isSentencePiece(path)) {
      return Tokenizers.read(path);
    }
    try (Checkpoint checkpoint = Checkpoints.open(path)) {
      return checkpoint.tokenizer();
    }
  }

  @Override
  public ChatTemplate loadChatTemplate(Path path, Clock clock) throws IOException {
    if (String.valueOf(path.getFileName()).endsWith(TEMPLATE)) {
      return ChatFormats.read(path, clock).template();
    }
    try (Checkpoint checkpoint = Checkpoints.open(path)) {
      return ChatFormat.of(checkpoint, clock)
          .orElseThrow(
              () ->
                  new UnsupportedModelException(
                      checkpoint.info().architecture(),
                      "the model has no chat template, and its family's is not known"))
          .template();
    }
  }

  @Override
  public ChatTemplate chatEncoder(String name) {
    return ChatFormats.named(name).template();
  }

  @Override
  public Conversion convert(Path source, Path target, ConvertOptions options) throws IOException {
    try (Checkpoint checkpoint = Checkpoints.open(source)) {
      return Converter.convert(checkpoint, target, options);
    }
  }

  @Override
  public Conversion planConversion(Path source, Path target, ConvertOptions options)
      throws IOException {
    try (Checkpoint checkpoint = Checkpoints.open(source)) {
      return Converter.plan(checkpoint, target, options);
    }
  }
}

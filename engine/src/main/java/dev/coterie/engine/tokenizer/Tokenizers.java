// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import dev.coterie.ModelFormatException;
import dev.coterie.Tokenizer;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.format.Metadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/** Reads tokenizers. */
public final class Tokenizers {
  private Tokenizers() {}

  /**
   * The tokenizer of a GGUF file.
   *
   * @param metadata the file's key-value pairs
   * @return an immutable tokenizer
   * @throws ModelFormatException if a part of it is damaged
   * @throws UnsupportedModelException if its kind or its pre-tokenizer is not known
   */
  public static PromptTokenizer fromGguf(Metadata metadata) {
    return new GgufTokenizerReader(metadata).read();
  }

  /**
   * The tokenizer of a Hugging Face tokenizer.json or a SentencePiece tokenizer.model. What {@code
   * tokenizer_config.json} and {@code generation_config.json} beside it say of the ends of
   * sequences is heeded.
   *
   * @param path the file; one that ends in {@code .model} is a SentencePiece model
   * @return an immutable tokenizer
   * @throws IOException if a file cannot be read
   * @throws ModelFormatException if a part of it is damaged
   * @throws UnsupportedModelException if it takes a step that is not known
   */
  public static PromptTokenizer read(Path path) throws IOException {
    return read(path, 0);
  }

  /**
   * The same for a model whose tables have more rows than there are tokens: the ids beyond are
   * unused.
   *
   * @param path the file
   * @param vocabularySize the model's number of ids
   * @return an immutable tokenizer
   * @throws IOException if a file cannot be read
   * @throws ModelFormatException if a part of it is damaged, or it has more tokens than the model
   * @throws UnsupportedModelException if it takes a step that is not known
   */
  public static PromptTokenizer read(Path path, int vocabularySize) throws IOException {
    return isSentencePiece(path)
        ? fromGguf(new Metadata(path, SentencePieceModelReader.pairs(path, vocabularySize)))
        : JsonTokenizerReader.read(path, vocabularySize);
  }

  /**
   * The tokenizer of a file as a GGUF file holds it.
   *
   * @param path the file
   * @param vocabularySize the model's number of ids
   * @return key-value pairs of {@link Metadata}'s kinds
   * @throws IOException if a file cannot be read
   * @throws ModelFormatException if a part of it is damaged
   * @throws UnsupportedModelException if GGUF files cannot express it
   */
  public static Map<String, Object> pairs(Path path, int vocabularySize) throws IOException {
    return isSentencePiece(path)
        ? SentencePieceModelReader.pairs(path, vocabularySize)
        : JsonTokenizerReader.pairs(path, vocabularySize);
  }

  /**
   * The tokenizer file of a folder: {@code tokenizer.json} where it is there or {@code
   * tokenizer.model} is not.
   *
   * @param directory the folder
   * @return the file, which need not exist
   */
  public static Path in(Path directory) {
    Path json = directory.resolve("tokenizer.json");
    Path model = directory.resolve("tokenizer.model");
    return Files.exists(model) && !Files.exists(json) ? model : json;
  }

  /**
   * Whether a path is named like a SentencePiece model.
   *
   * @param path a file
   * @return whether its name ends in {@code .model}
   */
  public static boolean isSentencePiece(Path path) {
    return String.valueOf(path.getFileName()).endsWith(".model");
  }

  /**
   * Tokens behind the one that begins a sequence.
   *
   * @param tokens the tokens
   * @param tokenizer says which one that is
   * @return a new array; the same where sequences begin without one
   */
  public static int[] withBeginning(int[] tokens, Tokenizer tokenizer) {
    OptionalInt beginning = tokenizer.beginningOfSequence();
    if (beginning.isEmpty()) {
      return tokens;
    }
    int[] all = new int[tokens.length + 1];
    all[0] = beginning.getAsInt();
    System.arraycopy(tokens, 0, all, 1, tokens.length);
    return all;
  }
}

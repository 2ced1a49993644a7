// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import dev.coterie.ModelFormatException;
import dev.coterie.Tokenizer;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.format.Metadata;

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
  public static Tokenizer fromGguf(Metadata metadata) {
    return new GgufTokenizerReader(metadata).read();
  }
}

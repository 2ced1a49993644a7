// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A low-rank adapter (LoRA, arXiv 2106.09685) to load with a model: for each weight {@code W} that
 * it has two matrices for, the model computes {@code W x + scale · (alpha / rank) · B (A x)}.
 * Immutable.
 *
 * @param path a folder as PEFT saves it, with {@code adapter_config.json} and {@code
 *     adapter_model.safetensors}; the latter file itself; or a GGUF file of the type {@code
 *     adapter}
 * @param scale multiplies the adapter's own factor; 1 is as it was trained, 0 leaves the model as
 *     it is
 */
public record LoraAdapter(Path path, float scale) {
  /**
   * Checks the scale.
   *
   * @throws IllegalArgumentException if it is not a finite number
   */
  public LoraAdapter {
    Objects.requireNonNull(path, "path");
    if (!Float.isFinite(scale)) {
      throw new IllegalArgumentException("scale: expected a finite number, found " + scale);
    }
  }

  /**
   * An adapter as it was trained.
   *
   * @param path where it is
   */
  public LoraAdapter(Path path) {
    this(path, 1);
  }
}

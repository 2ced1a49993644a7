// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a model file says of itself.
 *
 * @param path the file that was opened (the first of a split model)
 * @param format the file format, such as {@code GGUF v3}
 * @param architecture the architecture as the file names it, such as {@code llama}
 * @param name the model's name, or the file's where it has none
 * @param contextLength the longest context that the model was made for, in tokens
 * @param vocabularySize the number of token ids
 * @param fileBytes the size of all its files
 * @param metadata all key-value pairs in the file's order; arrays of more than 64 entries appear as
 *     a text that gives their type and length
 * @param tensors all tensors in the file's order
 */
public record ModelInfo(
    Path path,
    String format,
    String architecture,
    String name,
    long contextLength,
    int vocabularySize,
    long fileBytes,
    Map<String, Object> metadata,
    List<TensorInfo> tensors) {
  /** Copies the tensor list; the metadata is taken as an unmodifiable map in file order. */
  public ModelInfo {
    metadata = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(metadata));
    tensors = List.copyOf(tensors);
  }

  /**
   * The number of parameters.
   *
   * @return elements of all tensors together
   */
  public long parameters() {
    return tensors.stream().mapToLong(TensorInfo::elements).sum();
  }
}

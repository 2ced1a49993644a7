// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.nio.file.Path;
import java.util.List;

/**
 * What a conversion writes, or wrote.
 *
 * @param files the files, in order; the model is loaded by the first
 * @param fileBytes the size of each, exactly
 * @param sourceBytes the size of the source
 * @param tensors all tensors with their types in the new files
 */
public record Conversion(
    List<Path> files, List<Long> fileBytes, long sourceBytes, List<TensorInfo> tensors) {
  /** Copies the lists. */
  public Conversion {
    files = List.copyOf(files);
    fileBytes = List.copyOf(fileBytes);
    tensors = List.copyOf(tensors);
  }

  /**
   * The size of all files together.
   *
   * @return bytes
   */
  public long bytes() {
    return fileBytes.stream().mapToLong(Long::longValue).sum();
  }

  /**
   * How many bits a weight takes on average, all tensors counted.
   *
   * @return bits
   */
  public double bitsPerWeight() {
    long elements = tensors.stream().mapToLong(TensorInfo::elements).sum();
    long bytes = tensors.stream().mapToLong(TensorInfo::bytes).sum();
    return elements == 0 ? 0 : 8.0 * bytes / elements;
  }
}

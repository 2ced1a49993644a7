// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A model file that is truncated, damaged or not what it claims to be. Nothing of it was loaded.
 */
public class ModelFormatException extends CoterieException {
  private static final long serialVersionUID = 1;

  private final transient @Nullable Path path;

  /** Bytes from the start of the file. */
  private final long offset;

  /** What is wrong there. */
  private final String detail;

  /**
   * A fault at a place in a file.
   *
   * @param path the file
   * @param offset where in the file, in bytes from its start; −1 where no one place is at fault
   * @param detail what was expected and what was found
   */
  public ModelFormatException(Path path, long offset, String detail) {
    this(path, offset, detail, null);
  }

  /**
   * A fault at a place in a file, with its cause.
   *
   * @param path the file
   * @param offset where in the file, in bytes from its start; −1 where no one place is at fault
   * @param detail what was expected and what was found
   * @param cause what led here
   */
  public ModelFormatException(Path path, long offset, String detail, @Nullable Throwable cause) {
    super(path + (offset >= 0 ? " at byte " + offset : "") + ": " + detail, cause);
    this.path = path;
    this.offset = offset;
    this.detail = detail;
  }

  /**
   * The file at fault.
   *
   * @return the path, or null after serialization
   */
  public @Nullable Path path() {
    return path;
  }

  /**
   * Where in the file.
   *
   * @return bytes from the start, or −1 where no one place is at fault
   */
  public long offset() {
    return offset;
  }

  /**
   * What was expected and what was found, without the path.
   *
   * @return the detail
   */
  public String detail() {
    return detail;
  }
}

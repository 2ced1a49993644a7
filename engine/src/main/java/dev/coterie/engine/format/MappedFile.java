// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file that is mapped into memory for reading.
 *
 * @param path where it lies
 * @param content all of it
 * @param stamp tells it from other files; null if it was changed just then
 */
record MappedFile(Path path, MemorySegment content, @Nullable FileStamp stamp) {
  /**
   * Maps a file.
   *
   * @param path a regular file
   * @param arena unmaps it
   * @throws IOException if it cannot be read
   */
  static MappedFile open(Path path, Arena arena) throws IOException {
    // A pipe would block, and a directory opens but does not map.
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new FileSystemException(path.toString(), null, "expected a regular file");
    }
    FileStamp stamp = FileStamp.settled(path);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      boolean same = FileStamp.of(path).equals(stamp); // as the file that was opened
      return new MappedFile(path, content, same ? stamp : null);
    }
  }
}

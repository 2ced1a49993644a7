// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file of float32 rows, little-endian. It is written under a temporary name beside its place and
 * moved there by {@link #commit()}; closed without that, it leaves nothing behind. For use by one
 * thread.
 */
final class LogitsFile implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 20;

  private final Path target;
  private final Path temporary;
  private final FileChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  private LogitsFile(Path target, Path temporary, FileChannel channel) {
    this.target = target;
    this.temporary = temporary;
    this.channel = channel;
  }

  static LogitsFile create(Path target) throws IOException {
    Path absolute = target.toAbsolutePath();
    Path temporary =
        absolute.resolveSibling(
            "." + absolute.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
    FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING);
    return new LogitsFile(absolute, temporary, channel);
  }

  /**
   * Appends a row.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  void write(FloatBuffer row) {
    FloatBuffer left = row.duplicate();
    while (left.hasRemaining()) {
      if (buffer.remaining() < Float.BYTES) {
        try {
          drain();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      int count = Math.min(left.remaining(), buffer.remaining() / Float.BYTES);
      buffer.asFloatBuffer().put(left.slice(left.position(), count));
      buffer.position(buffer.position() + count * Float.BYTES);
      left.position(left.position() + count);
    }
  }

  private void drain() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  /** Puts the complete file in its place. */
  void commit() throws IOException {
    drain();
    channel.close();
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(temporary);
  }
}

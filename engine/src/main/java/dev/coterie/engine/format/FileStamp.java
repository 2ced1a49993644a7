// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the file system knows of a file's content without reading it. Two stamps of a file are equal
 * only if nobody wrote to it in between: the system sets the time of change, where there is one
 * (POSIX), at every write, and no program can set it back. Elsewhere an edit that keeps size and
 * time of modification goes unseen.
 *
 * @param size in bytes
 * @param modified when the content was written, as programs may set it
 * @param changed when content or attributes were changed; {@code modified} where there is no such
 *     time
 * @param file device and number of the file; its path where there are none
 */
record FileStamp(long size, FileTime modified, FileTime changed, String file) {
  /** Clocks of file systems tick in milliseconds; of old and some remote ones in seconds. */
  private static final Duration FINE_TICK = Duration.ofMillis(50);

  private static final Duration COARSE_TICK = Duration.ofSeconds(2);

  /** The file as it is now. */
  static FileStamp of(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    FileTime changed =
        path.getFileSystem().supportedFileAttributeViews().contains("unix")
            ? (FileTime) Files.getAttribute(path, "unix:ctime")
            : attributes.lastModifiedTime();
    Object key = attributes.fileKey();
    return new FileStamp(
        attributes.size(),
        attributes.lastModifiedTime(),
        changed,
        key != null ? key.toString() : path.toRealPath().toString());
  }

  /**
   * The file as it is now, if a later change would give it another stamp.
   *
   * @return null if the last change is so recent that the next could bear the same time
   */
  static @Nullable FileStamp settled(Path path) throws IOException {
    Instant now = Instant.now();
    FileStamp stamp = of(path);
    return stamp.isSettledAt(now) ? stamp : null;
  }

  /** Whether the clock has moved on since the last change. */
  boolean isSettledAt(Instant now) {
    Instant last = changed.toInstant();
    Duration tick = last.getNano() == 0 ? COARSE_TICK : FINE_TICK;
    return last.plus(tick).isBefore(now);
  }

  /**
   * One name for several stamps.
   *
   * @param stamps of files, in order
   * @param settings what else decides what is made of the files
   * @return a SHA-256 in hexadecimal digits; null if a stamp is
   */
  static @Nullable String join(List<@Nullable FileStamp> stamps, List<String> settings) {
    if (stamps.stream().anyMatch(Objects::isNull)) {
      return null;
    }
    String text = stamps + "\n" + settings;
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) { // every Java platform has it
      throw new AssertionError(e);
    }
  }
}
